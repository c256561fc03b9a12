package dev.tokamak.engine.schedule;

/// What one step may hold. Immutable.
///
/// @param tokens most tokens of a step
/// @param sequences most sequences that hold pages
/// @param logitRows most logit rows of a step
public record Limits(int tokens, int sequences, int logitRows) {

    public Limits {
        // Every sequence that holds pages may then decode in every step, so none starves.
        sequences = Math.min(sequences, Math.min(tokens, logitRows));
    }
}
