package dev.tokamak.kernels.norm;

import java.lang.foreign.MemorySegment;

/// Normalisation of one token row: 16 strided partial sums, then a fixed halving tree. Thread-safe.
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

    /// The reference implementation, which is the specification.
    static Norm scalar() {
        return new ScalarNorm();
    }

    /// The Vector API twin; needs the module `jdk.incubator.vector`.
    static Norm vector() {
        return new VectorNorm();
    }
}
