package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.TensorType;

/// The products of the `avx512-vnni` tier. Immutable.
final class Product512 {

    private Product512() {}

    /// The machine code for weights of this type; see [TileLoops] for its arguments.
    static byte[] emit(TensorType type) {
        return type.isFloat() ? FloatProduct512.emit(type) : IntegerProduct512.emit(type);
    }
}
