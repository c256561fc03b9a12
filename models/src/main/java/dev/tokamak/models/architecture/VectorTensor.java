package dev.tokamak.models.architecture;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgufTensor;

/// A vector in the file, or a stretch of a larger tensor, checked to have this length and a float type. Immutable.
record VectorTensor(GgufTensor tensor, TensorType type, long firstElement, int length) {

    /// A vector of some of the elements.
    VectorTensor slice(long first, int count) {
        return new VectorTensor(tensor, type, firstElement + first, count);
    }
}
