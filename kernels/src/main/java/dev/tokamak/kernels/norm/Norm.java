package dev.tokamak.kernels.norm;

import dev.tokamak.kernels.code.CodeMemory;
import java.lang.foreign.MemorySegment;

/// Normalisation of token rows: 16 strided partial sums, then a fixed halving tree. Thread-safe.
public interface Norm {

    /// RMS norm: `output[i] = input[i] / sqrt(mean(input^2) + epsilon) * weight[i]`. Input and output may be the same row.
    ///
    /// The order: `s[i mod 16] = fma(x[i], x[i], s[i mod 16])` for ascending i; the halving tree over s; `mean = sum / columns`;
    /// `scale = 1 / sqrt(mean + epsilon)`; `(x[i] * scale) * weight[i]`.
    ///
    /// @param weight fp32, `columns` floats from its start
    void rms(
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            MemorySegment output,
            long outputOffsetBytes,
            int columns);

    /// As the other for `rows` rows of input and output that follow one another.
    default void rms(
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            MemorySegment output,
            long outputOffsetBytes,
            int columns,
            int rows) {
        for (int row = 0; row < rows; row++) {
            long at = (long) row * columns * Float.BYTES;
            rms(
                    input,
                    inputOffsetBytes + at,
                    weight,
                    epsilon,
                    output,
                    outputOffsetBytes + at,
                    columns);
        }
    }

    /// LayerNorm of `rows` rows that follow one another:
    /// `output[i] = (input[i] - mean) / sqrt(variance + epsilon) * weight[i] + bias[i]`. Input and output may be the same rows.
    ///
    /// The order, for each row: `s[i mod 16] = s[i mod 16] + x[i]` for ascending i from +0; the halving tree over s;
    /// `mean = sum / columns`; with `d[i] = x[i] - mean` the same sums of `fma(d[i], d[i], s[i mod 16])`;
    /// `scale = 1 / sqrt(sum / columns + epsilon)`; `fma(d[i] * scale, weight[i], bias[i])`, without a bias
    /// `(d[i] * scale) * weight[i]`.
    void layer(
            MemorySegment input,
            long inputOffsetBytes,
            LayerWeights weights,
            MemorySegment output,
            long outputOffsetBytes,
            int columns,
            int rows);

    /// The reference implementation, which is the specification.
    static Norm scalar() {
        return new ScalarNorm();
    }

    /// The Vector API twin; needs the module `jdk.incubator.vector`.
    static Norm vector() {
        return new VectorNorm();
    }

    /// Machine code for vectors of 256 bits (AVX2, FMA) or 512 (AVX-512 F, BW, DQ, VL); rows must be in native memory.
    static Norm emitted(CodeMemory code, int vectorBits) {
        return new EmittedNorm(code, vectorBits);
    }
}
