package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A linear layer: weights and, in some families, an fp32 bias of `weights.rows()` values. Immutable.
public record Projection(PackedWeights weights, Optional<MemorySegment> bias) {}
