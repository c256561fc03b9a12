package dev.tokamak.models.architecture;

import java.lang.foreign.MemorySegment;

/// An RMS norm: fp32 weights and the epsilon added to the mean square. Immutable.
public record NormWeights(MemorySegment weight, float epsilon) {}
