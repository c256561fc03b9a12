package dev.tokamak.models.architecture;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgufTensor;

/// A matrix in the file, or consecutive rows of a larger one, checked to have this shape and a type that kernels compute
/// with. Immutable.
record MatrixTensor(GgufTensor tensor, TensorType type, long firstRow, int rows, int columns) {

    /// A matrix of some of the rows.
    MatrixTensor rows(long first, int count) {
        return new MatrixTensor(tensor, type, firstRow + first, count, columns);
    }

    long elements() {
        return (long) rows * columns;
    }

    /// Where the first row starts in the tensor.
    long offsetBytes() {
        return type.bytes(firstRow * columns);
    }

    long sizeBytes() {
        return type.bytes(elements());
    }
}
