package dev.tokamak.kernels.quantize;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// How floats become the integers and halves of a block, in the ways that ggml rounds. Immutable.
final class Rounding {

    /// Blocks whose values are all smaller are written as zeros.
    static final float SMALLEST_MAGNITUDE = 1e-15f;

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    /// Added to a float below 2^22, this leaves its nearest integer in the low bits of the mantissa.
    private static final float MANTISSA_SHIFTER = 12_582_912f;

    private Rounding() {}

    /// The nearest integer, ties to even, of a value below 2^22.
    static int nearest(float value) {
        return (Float.floatToRawIntBits(value + MANTISSA_SHIFTER) & 0x7FFFFF) - 0x400000;
    }

    static int nearest(float value, int minimum, int maximum) {
        return Math.max(minimum, Math.min(maximum, nearest(value)));
    }

    /// The integer part; what has none, or one beyond 32 bits, becomes the smallest integer, as on x86.
    static int truncated(float value) {
        return value < 0x1p31f ? (int) value : Integer.MIN_VALUE;
    }

    /// The nearest integer, ties away from zero.
    static int halfAway(float value) {
        double magnitude = Math.floor(Math.abs((double) value) + 0.5);
        return truncated((float) Math.copySign(magnitude, value));
    }

    /// Writes a scale as fp16, and returns what readers will see.
    static float writeHalf(byte[] output, int offset, float value) {
        short bits = Float.floatToFloat16(value);
        float stored = Float.float16ToFloat(bits);
        if (!Float.isFinite(stored)) {
            throw new IllegalArgumentException(
                    "the weights of a block need the scale " + value + ", the limit is 65504");
        }
        SHORT.set(output, offset, bits);
        return stored;
    }

    static void writeShort(byte[] output, int offset, int value) {
        SHORT.set(output, offset, (short) value);
    }
}
