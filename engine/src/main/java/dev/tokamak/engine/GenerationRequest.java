package dev.tokamak.engine;

import java.util.List;

/// One prompt and how to continue it. Immutable.
///
/// @param prompt token ids, not empty
/// @param choices number of independent continuations, 1 to 128
public record GenerationRequest(
        List<Integer> prompt,
        SamplingParams sampling,
        StopConditions stop,
        Scores scores,
        int choices) {

    public static final int MAX_CHOICES = 128;

    public GenerationRequest {
        if (prompt.isEmpty()) {
            throw EngineException.invalid("prompt", "the prompt must hold at least one token");
        }
        if (choices < 1 || choices > MAX_CHOICES) {
            throw EngineException.invalid(
                    "n", "n must be between 1 and " + MAX_CHOICES + ", found " + choices);
        }
        prompt = List.copyOf(prompt);
    }

    /// When a continuation ends.
    ///
    /// @param maxTokens most tokens to generate; 0 only scores the prompt
    /// @param strings texts that end it and are not shown
    /// @param tokens ids that end it and are not shown
    /// @param ignoreEndOfSequence go on past end-of-generation tokens
    public record StopConditions(
            int maxTokens,
            List<String> strings,
            List<Integer> tokens,
            boolean ignoreEndOfSequence) {

        public static final int MAX_STRINGS = 16;

        public StopConditions {
            if (maxTokens < 0) {
                throw EngineException.invalid(
                        "max_tokens", "max_tokens must be 0 or more, found " + maxTokens);
            }
            if (strings.size() > MAX_STRINGS) {
                throw EngineException.invalid(
                        "stop",
                        "stop may hold at most "
                                + MAX_STRINGS
                                + " strings, found "
                                + strings.size());
            }
            strings = strings.stream().filter(text -> !text.isEmpty()).toList();
            tokens = List.copyOf(tokens);
        }
    }

    /// Which log-probabilities to report.
    ///
    /// @param generated whether generated tokens carry their log-probability
    /// @param prompt whether prompt tokens do; nothing comes before the first, so its is NaN
    /// @param alternatives most likely tokens reported beside each, 0 to 20
    public record Scores(boolean generated, boolean prompt, int alternatives) {

        public static final Scores NONE = new Scores(false, false, 0);
        public static final int MAX_ALTERNATIVES = 20;

        public Scores {
            if (alternatives < 0 || alternatives > MAX_ALTERNATIVES) {
                throw EngineException.invalid(
                        "top_logprobs",
                        "top_logprobs must be between 0 and "
                                + MAX_ALTERNATIVES
                                + ", found "
                                + alternatives);
            }
        }
    }
}
