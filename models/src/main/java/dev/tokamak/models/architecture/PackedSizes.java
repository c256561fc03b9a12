package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.WeightPacker;
import java.util.stream.Stream;

/// Adds up the memory of tensors once they are loaded.
final class PackedSizes {

    private PackedSizes() {}

    static long bytes(
            WeightPacker packer, Stream<MatrixTensor> matrices, Stream<VectorTensor> vectors) {
        long matrixBytes =
                matrices.mapToLong(
                                matrix ->
                                        packer.packedBytes(
                                                matrix.type(), matrix.rows(), matrix.columns()))
                        .reduce(0, Math::addExact);
        long vectorBytes =
                vectors.mapToLong(VectorLoading::allocatedBytes).reduce(0, Math::addExact);
        return Math.addExact(matrixBytes, vectorBytes);
    }
}
