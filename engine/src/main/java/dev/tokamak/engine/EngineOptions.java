package dev.tokamak.engine;

import java.time.Duration;

/// The limits of an engine.
///
/// @param contextTokens most tokens of one sequence, prompt and answer
/// @param maxConcurrent most sequences that run at once
/// @param maxQueued most requests that wait
/// @param maxBatchTokens token budget of one step
/// @param eventBuffer events that may wait for a client before its sequences are skipped
/// @param slowClientTimeout how long a client may leave its buffer full before it is cancelled
public record EngineOptions(
        int contextTokens,
        int maxConcurrent,
        int maxQueued,
        int maxBatchTokens,
        int eventBuffer,
        Duration slowClientTimeout) {

    public EngineOptions {
        requirePositive("context", contextTokens);
        requirePositive("max-concurrent", maxConcurrent);
        requirePositive("max-queued", maxQueued);
        requirePositive("max-batch-tokens", maxBatchTokens);
        requirePositive("event-buffer", eventBuffer);
    }

    private static void requirePositive(String option, int value) {
        if (value < 1) {
            throw EngineException.invalid(option, option + " must be 1 or more, found " + value);
        }
    }
}
