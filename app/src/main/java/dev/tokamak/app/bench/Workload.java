package dev.tokamak.app.bench;

import java.util.Locale;

/// One thing that a benchmark measures. Immutable.
///
/// @param tokens tokens that count, of one user in one run
/// @param users users at once
/// @param contextTokens tokens of each user that are in the KV cache before those that count
public record Workload(Kind kind, int tokens, int users, int contextTokens) {

    /// The phase that is timed.
    public enum Kind {
        PREFILL,
        DECODE,
        BATCH;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Workload prefill(int promptTokens) {
        return new Workload(Kind.PREFILL, promptTokens, 1, 0);
    }

    static Workload decode(int generateTokens, int contextTokens) {
        return new Workload(Kind.DECODE, generateTokens, 1, contextTokens);
    }

    static Workload batch(int generateTokens, int users, int contextTokens) {
        return new Workload(Kind.BATCH, generateTokens, users, contextTokens);
    }

    /// What one step of it must read and compute with this model, and so many tokens does it make: all of a prompt, or one
    /// for each user, in the middle of the run.
    StepWork step(ModelWork model, int batchTokens) {
        return switch (kind) {
            case PREFILL -> model.prefill(tokens, batchTokens);
            case DECODE, BATCH -> model.decode(users, contextTokens + tokens / 2.0);
        };
    }

    /// Tokens that one such step makes.
    int stepTokens() {
        return kind == Kind.PREFILL ? tokens : users;
    }
}
