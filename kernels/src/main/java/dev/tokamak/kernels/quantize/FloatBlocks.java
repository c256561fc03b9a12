package dev.tokamak.kernels.quantize;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Writers of the types in which each weight is a float of its own. Immutable.
final class FloatBlocks {

    private static final VarHandle FLOAT =
            MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int MANTISSA_BITS_LOST = 16;

    private FloatBlocks() {}

    static void f32(SourceBlock source, byte[] output, int offset) {
        FLOAT.set(output, offset, source.value(0));
    }

    static void f16(SourceBlock source, byte[] output, int offset) {
        float value = source.value(0);
        short bits = Float.floatToFloat16(value);
        if (!Float.isFinite(Float.float16ToFloat(bits))) {
            throw new IllegalArgumentException(
                    "the weight " + value + " exceeds the 65504 of F16; BF16 holds it");
        }
        Rounding.writeShort(output, offset, bits);
    }

    static void bf16(SourceBlock source, byte[] output, int offset) {
        int bits = Float.floatToRawIntBits(source.value(0));
        int evenness = bits >>> MANTISSA_BITS_LOST & 1;
        Rounding.writeShort(output, offset, (bits + 0x7FFF + evenness) >>> MANTISSA_BITS_LOST);
    }
}
