package dev.tokamak.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// All events of one generation, and what they add up to. Immutable once read.
public final class Transcript {

    private final List<GenerationEvent> events = new ArrayList<>();

    private Transcript() {}

    /// Reads a generation to its end.
    public static Transcript of(Generation generation) {
        Transcript transcript = new Transcript();
        try {
            GenerationEvent event;
            do {
                event = generation.next();
                transcript.events.add(event);
            } while (!(event instanceof GenerationEvent.Completed)
                    && !(event instanceof GenerationEvent.Failed));
        } catch (InterruptedException interrupt) {
            throw new AssertionError(interrupt);
        }
        return transcript;
    }

    public List<GenerationEvent> events() {
        return events;
    }

    public List<GenerationEvent.TextDelta> deltas(int choice) {
        return all(GenerationEvent.TextDelta.class).stream()
                .filter(delta -> delta.choice() == choice)
                .toList();
    }

    public String text(int choice) {
        return String.join(
                "", deltas(choice).stream().map(GenerationEvent.TextDelta::text).toList());
    }

    public String text() {
        return text(0);
    }

    public List<Integer> tokens(int choice) {
        return deltas(choice).stream().flatMap(delta -> delta.tokens().stream()).toList();
    }

    public List<TokenScore> scores(int choice) {
        return deltas(choice).stream().flatMap(delta -> delta.scores().stream()).toList();
    }

    public FinishReason reason(int choice) {
        return all(GenerationEvent.ChoiceFinished.class).stream()
                .filter(finished -> finished.choice() == choice)
                .findFirst()
                .orElseThrow()
                .reason();
    }

    public FinishReason reason() {
        return reason(0);
    }

    public Usage usage() {
        return all(GenerationEvent.Completed.class).getFirst().usage();
    }

    public GenerationEvent.PromptProcessed promptProcessed() {
        return all(GenerationEvent.PromptProcessed.class).getFirst();
    }

    public Optional<EngineException> failure() {
        return all(GenerationEvent.Failed.class).stream()
                .map(GenerationEvent.Failed::cause)
                .findFirst();
    }

    private <E extends GenerationEvent> List<E> all(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
