package dev.tokamak.app.terminal;

import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.engine.AdmissionOutcome;
import dev.tokamak.engine.EngineException;
import dev.tokamak.engine.Generation;
import dev.tokamak.engine.GenerationEvent;
import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.engine.SamplingParams;
import dev.tokamak.engine.Usage;
import dev.tokamak.models.template.ChatPrompt;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// One answer of a model, from messages to text. [#cancel] may be called by any thread.
public final class Answer {

    private final Generation generation;

    private Answer(Generation generation) {
        this.generation = generation;
    }

    /// How answers are drawn and when they end.
    ///
    /// @param maxTokens most tokens; more than the context leaves means as many as fit
    /// @param stop texts that end an answer
    public record Settings(SamplingParams sampling, int maxTokens, List<String> stop) {
        public Settings {
            stop = List.copyOf(stop);
        }
    }

    /// Asks the model to answer a conversation; without a chat template the messages' texts are continued.
    ///
    /// @throws EngineException when the engine refuses, for example because the conversation is too long
    public static Answer to(RunningModel model, Settings settings, List<Map<String, ?>> messages) {
        int[] prompt = encode(model, messages);
        int room = model.engine().options().contextTokens() - prompt.length;
        var request =
                new GenerationRequest(
                        Arrays.stream(prompt).boxed().toList(),
                        settings.sampling(),
                        new GenerationRequest.StopConditions(
                                Math.max(1, Math.min(settings.maxTokens(), room)),
                                settings.stop(),
                                List.of(),
                                false),
                        GenerationRequest.Scores.NONE,
                        1);
        return switch (model.engine().submit(request)) {
            case AdmissionOutcome.Admitted admitted -> new Answer(admitted.generation());
            case AdmissionOutcome.Rejected rejected ->
                    throw EngineException.invalid("prompt", rejected.message());
        };
    }

    private static int[] encode(RunningModel model, List<Map<String, ?>> messages) {
        Tokenizer tokenizer = model.model().tokenizer();
        return model.model()
                .chatTemplate()
                .map(template -> ChatPrompt.of(messages).encode(template, tokenizer))
                .orElseGet(() -> tokenizer.encode(joined(messages), true, false));
    }

    private static String joined(List<Map<String, ?>> messages) {
        StringBuilder text = new StringBuilder();
        messages.forEach(
                message -> text.append(text.isEmpty() ? "" : "\n").append(message.get("content")));
        return text.toString();
    }

    /// Hands out the text piece by piece until the answer ends, and returns what it used.
    ///
    /// @throws EngineException when the generation failed
    public Usage stream(Consumer<String> pieces) throws InterruptedException {
        while (true) {
            switch (generation.next()) {
                case GenerationEvent.TextDelta delta -> pieces.accept(delta.text());
                case GenerationEvent.Completed completed -> {
                    return completed.usage();
                }
                case GenerationEvent.Failed failed -> throw failed.cause();
                case GenerationEvent.PromptProcessed _, GenerationEvent.ChoiceFinished _ -> {}
            }
        }
    }

    /// Ends the answer where it is.
    public void cancel() {
        generation.cancel();
    }
}
