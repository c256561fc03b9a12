package dev.tokamak.models.architecture;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgufTensor;

/// A vector in the file, checked to have this length and a float type. Immutable.
record VectorTensor(GgufTensor tensor, TensorType type, int length) {}
