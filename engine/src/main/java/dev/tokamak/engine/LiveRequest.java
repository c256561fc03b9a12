package dev.tokamak.engine;

import dev.tokamak.engine.sample.SamplingRule;
import dev.tokamak.engine.sample.TokenBias;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// A request inside the engine: its choices so far and the events it will publish after this step. Confined to the engine
/// thread once submitted.
final class LiveRequest {

    private final GenerationRequest request;
    private final SamplingRule rule;
    private final EventQueue events;
    private final List<Continuation> choices = new ArrayList<>();
    private final BitSet finished = new BitSet();
    private final List<TokenScore> promptScores = new ArrayList<>();
    private final List<GenerationEvent> outbox = new ArrayList<>();
    private Optional<Instant> fullSince = Optional.empty();
    private boolean started;
    private boolean promptProcessed;
    private boolean ended;

    LiveRequest(GenerationRequest request, int eventBuffer, EngineLoop loop) {
        this.request = request;
        events =
                new EventQueue(
                        eventBuffer,
                        () -> loop.send(new EngineCommand.Resume()),
                        () -> loop.send(new EngineCommand.Cancel(this, "the client cancelled")));
        SamplingParams sampling = request.sampling();
        SamplingParams.Penalties penalties = sampling.penalties();
        rule =
                new SamplingRule(
                        sampling.temperature(),
                        sampling.topK(),
                        sampling.topP(),
                        sampling.minP(),
                        new SamplingRule.Penalties(
                                penalties.repetition(),
                                penalties.presence(),
                                penalties.frequency()),
                        sampling.seed(),
                        new TokenBias(sampling.logitBias()));
    }

    GenerationRequest request() {
        return request;
    }

    SamplingRule rule() {
        return rule;
    }

    Generation events() {
        return events;
    }

    /// The choices that have sequences, in order: the first one alone until the prompt is processed.
    List<Continuation> choices() {
        return choices;
    }

    boolean started() {
        return started;
    }

    void start() {
        started = true;
    }

    boolean promptProcessed() {
        return promptProcessed;
    }

    void addPromptScore(TokenScore score) {
        promptScores.add(score);
    }

    void processPrompt() {
        promptProcessed = true;
        outbox.add(
                new GenerationEvent.PromptProcessed(
                        request.prompt().size(), 0, List.copyOf(promptScores)));
    }

    void add(GenerationEvent.TextDelta delta) {
        outbox.add(delta);
    }

    /// Ends a choice, delivering what it held back; ends the request with the last one.
    void finish(int choice, FinishReason reason) {
        if (choice < choices.size()) {
            choices.get(choice).rest().ifPresent(outbox::add);
        }
        outbox.add(new GenerationEvent.ChoiceFinished(choice, reason));
        finished.set(choice);
        if (finished.cardinality() == request.choices()) {
            ended = true;
            outbox.add(new GenerationEvent.Completed(usage()));
        }
    }

    boolean isFinished(int choice) {
        return finished.get(choice);
    }

    void fail(EngineException cause) {
        ended = true;
        outbox.add(new GenerationEvent.Failed(cause));
    }

    boolean ended() {
        return ended;
    }

    void publish() {
        if (!outbox.isEmpty()) {
            events.publish(outbox);
            outbox.clear();
        }
    }

    /// How long its client has left the event queue full; zero when it is not.
    Duration stalledFor(Instant now) {
        if (!events.isFull()) {
            fullSince = Optional.empty();
        } else if (fullSince.isEmpty()) {
            fullSince = Optional.of(now);
        }
        return fullSince.map(since -> Duration.between(since, now)).orElse(Duration.ZERO);
    }

    /// Whether the event queue was full at the last look.
    boolean isStalled() {
        return fullSince.isPresent();
    }

    private Usage usage() {
        int generated = choices.stream().mapToInt(Continuation::generated).sum();
        return new Usage(request.prompt().size(), 0, generated);
    }
}
