package dev.tokamak.kernels.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Numbers of several bytes in weight files, lowest byte first. Immutable.
final class LittleEndian {

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private LittleEndian() {}

    /// The 16 bits at this offset.
    static short shortAt(byte[] bytes, int offset) {
        return (short) SHORT.get(bytes, offset);
    }

    /// The 16 bits at this offset as a number below 65,536.
    static int unsignedShort(byte[] bytes, int offset) {
        return shortAt(bytes, offset) & 0xffff;
    }

    static int intAt(byte[] bytes, int offset) {
        return (int) INT.get(bytes, offset);
    }

    static float half(byte[] bytes, int offset) {
        return Float.float16ToFloat(shortAt(bytes, offset));
    }

    static void putInt(byte[] bytes, int offset, int value) {
        INT.set(bytes, offset, value);
    }

    static void putLong(byte[] bytes, int offset, long value) {
        LONG.set(bytes, offset, value);
    }
}
