package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.TensorType;

/// The products of the tiers `avx2` and `avx-vnni`. Immutable.
final class Product256 {

    private Product256() {}

    /// The machine code for weights of this type with AVX2, FMA and F16C; see [TileLoops] for its arguments.
    static byte[] emitAvx2(TensorType type) {
        return type.isFloat() ? FloatProduct256.emit(type) : IntegerProduct256.emit(type);
    }

    /// The same where AVX-VNNI is there too.
    static byte[] emitAvxVnni(TensorType type) {
        return type.isFloat()
                ? FloatProduct256.emit(type)
                : IntegerProduct256.emit(type, IntegerProduct256.FourProducts.ofVnni());
    }
}
