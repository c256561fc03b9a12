package dev.tokamak.models.architecture;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A norm: fp32 weights, in some families an fp32 bias, and the epsilon added to the mean square or variance. Immutable.
public record NormWeights(
        Kind kind, MemorySegment weight, Optional<MemorySegment> bias, float epsilon) {

    /// What a row is divided by.
    public enum Kind {
        /// The root of the mean square. Zhang and Sennrich, "Root mean square layer normalization", 2019.
        RMS,
        /// The standard deviation, after the mean is taken off. Ba et al., "Layer normalization", 2016.
        LAYER
    }
}
