package dev.tokamak.models.architecture;

import java.util.Optional;

/// The tensors of a linear layer. Immutable.
record LinearTensors(MatrixTensor weight, Optional<VectorTensor> bias) {

    /// Some of the rows of a layer that a file holds as one with others.
    LinearTensors rows(int firstRow, int count) {
        return new LinearTensors(
                weight.rows(firstRow, count), bias.map(vector -> vector.slice(firstRow, count)));
    }
}
