package dev.tokamak.app.bench;

import dev.tokamak.kernels.probe.MachineSpeed;

/// What a piece of work must read and compute whoever does it. Immutable.
///
/// @param bytes read from memory
/// @param integerOperations multiplications and additions of 8-bit integers
/// @param floatOperations fp32 multiplications and additions
record StepWork(double bytes, double integerOperations, double floatOperations) {

    static final StepWork NONE = new StepWork(0, 0, 0);

    StepWork plus(StepWork other) {
        return new StepWork(
                bytes + other.bytes,
                integerOperations + other.integerOperations,
                floatOperations + other.floatOperations);
    }

    /// This work for so many tokens at once: each computes, but what is read is read once.
    StepWork forTokens(double tokens) {
        return new StepWork(bytes, integerOperations * tokens, floatOperations * tokens);
    }

    double operations() {
        return integerOperations + floatOperations;
    }

    /// Tokens per second when each step makes this many tokens and nothing but the machine's speed holds it up; 0 where
    /// that speed is not known.
    double tokensPerSecond(MachineSpeed machine, double tokens) {
        double seconds = machine.leastSeconds(bytes, integerOperations, floatOperations);
        return seconds > 0 ? tokens / seconds : 0;
    }
}
