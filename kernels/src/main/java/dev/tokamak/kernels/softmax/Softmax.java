package dev.tokamak.kernels.softmax;

import java.lang.foreign.MemorySegment;

/// Softmax over a row of logits: chunks of 4,096, 16 strided sums in each, chunks added in ascending order. Thread-safe.
public interface Softmax {

    /// The index of the largest logit, the lowest of equals; -1 when a logit is NaN or infinite.
    int argMax(MemorySegment logits, long offsetBytes, int count);

    /// `output[i] = exp((logits[i] - max) * inverseTemperature)`; returns their sum in the contract's order. Logits must be finite.
    float exponentials(
            MemorySegment logits,
            long offsetBytes,
            int count,
            float inverseTemperature,
            MemorySegment output,
            long outputOffsetBytes);

    /// `max + ln(sum of exp(logits[i] - max))`, so that a token's log-probability is its logit less this.
    double logSumExp(MemorySegment logits, long offsetBytes, int count);

    /// The reference implementation, which is the specification.
    static Softmax scalar() {
        return new ScalarSoftmax();
    }

    /// The Vector API twin; needs the module `jdk.incubator.vector`.
    static Softmax vector() {
        return new VectorSoftmax();
    }
}
