package dev.tokamak.models.architecture;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgufTensor;

/// A matrix in the file, checked to have this shape and a type that kernels compute with. Immutable.
record MatrixTensor(GgufTensor tensor, TensorType type, int rows, int columns) {}
