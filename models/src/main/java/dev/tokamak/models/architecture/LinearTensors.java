package dev.tokamak.models.architecture;

import java.util.Optional;

/// The tensors of a linear layer. Immutable.
record LinearTensors(MatrixTensor weight, Optional<VectorTensor> bias) {}
