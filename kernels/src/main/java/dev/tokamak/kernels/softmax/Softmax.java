package dev.tokamak.kernels.softmax;

import dev.tokamak.kernels.arithmetic.StridedSum;
import dev.tokamak.kernels.code.CodeMemory;
import java.lang.foreign.MemorySegment;

/// Softmax over a row of logits: chunks of 4,096, 16 strided sums in each, chunks added in ascending order. Thread-safe.
public interface Softmax {

    /// The index of the largest logit, the lowest of equals; -1 when a logit is NaN or infinite.
    int argMax(MemorySegment logits, long offsetBytes, int count);

    /// How many consecutive logits share 16 maxima.
    int MAXIMA_CHUNK = 1024;

    /// The maxima of this many logits.
    static int maxima(int count) {
        return (count + MAXIMA_CHUNK - 1) / MAXIMA_CHUNK * StridedSum.STRIDE;
    }

    /// As the other, and the largest logits of small parts of the row, from which a threshold for the k largest follows: the
    /// k-th largest of them is not above the k-th largest logit.
    ///
    /// Maximum `16 * c + l` is the largest of logits i of chunk c, `[1024 * c, 1024 * c + 1024)`, with `i mod 16 = l`: each in
    /// ascending order replaces the last that it is greater than, from negative infinity. They mean nothing when a logit is
    /// not finite.
    ///
    /// @param maxima fp32, room for [#maxima(int)]
    int argMax(MemorySegment logits, long offsetBytes, int count, MemorySegment maxima);

    /// Writes the indices, ascending, of the values that are at least `threshold`, and returns how many there are.
    ///
    /// @param indices int32, room for `count`
    int atLeast(
            MemorySegment values,
            long offsetBytes,
            int count,
            float threshold,
            MemorySegment indices);

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

    /// Machine code for vectors of 256 bits (AVX2, FMA) or 512 (AVX-512 F, BW, DQ, VL); rows must be in native memory.
    static Softmax emitted(CodeMemory code, int vectorBits) {
        return new EmittedSoftmax(code, vectorBits);
    }
}
