package dev.tokamak.kernels.norm;

import java.lang.foreign.MemorySegment;

/// What a LayerNorm learnt. Immutable.
///
/// @param weight fp32, one for each column from its start
/// @param bias fp32, one for each column from its start; `MemorySegment.NULL` when there is none
/// @param epsilon what is added to the variance
public record LayerWeights(MemorySegment weight, MemorySegment bias, float epsilon) {

    /// Without a bias.
    public LayerWeights(MemorySegment weight, float epsilon) {
        this(weight, MemorySegment.NULL, epsilon);
    }

    public boolean hasBias() {
        return bias.byteSize() > 0;
    }
}
