package dev.tokamak.engine;

import java.util.List;

/// Something that happened to one generation, in the order a client sees it. The last one is always [Completed] or
/// [Failed].
public sealed interface GenerationEvent {

    /// The prompt has been processed.
    ///
    /// @param scores of all prompt tokens when asked for, the first one's log-probability NaN; else empty
    record PromptProcessed(int promptTokens, int cachedTokens, List<TokenScore> scores)
            implements GenerationEvent {}

    /// One or more tokens of a choice; the text never splits a character or shows part of a stop string, so it may be
    /// empty while tokens wait.
    ///
    /// @param tokens ids generated since the last delta of this choice
    /// @param scores one for each token when asked for, else empty
    record TextDelta(int choice, String text, List<Integer> tokens, List<TokenScore> scores)
            implements GenerationEvent {}

    /// A choice has ended; any text held back has been delivered before.
    record ChoiceFinished(int choice, FinishReason reason) implements GenerationEvent {}

    /// All choices have ended.
    record Completed(Usage usage) implements GenerationEvent {}

    /// The request failed; others go on.
    record Failed(EngineException cause) implements GenerationEvent {}
}
