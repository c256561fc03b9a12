package dev.tokamak.kernels.norm;

import java.lang.foreign.MemorySegment;

/// Normalisation of one token row: 16 strided partial sums, then a fixed halving tree. Thread-safe.
public interface Norm {

    /// RMS norm: `output[i] = input[i] / sqrt(mean(input^2) + epsilon) * weight[i]`. Input and output may be the same row.
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
}
