package dev.tokamak.models.huggingface;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The factors of a matrix, one for each group of columns of each so many rows. Thread-safe.
///
/// @param rowsEach how many rows share a factor
/// @param rowStride from the factors of some rows to those of the next
/// @param groupStride from the factor of a group to that of the next
record Scales(
        StoredTensor tensor, long rowsEach, long rowStride, long groupStride, ColumnGroups groups) {

    private static final float SMALLEST = 0x1p-100f;
    private static final float LARGEST = 0x1p100f;
    private static final int BITS_BELOW_FOUR = (1 << 20) - 1;
    private static final int EXPONENT_BIAS = 127;

    /// Whether these elements can be factors.
    static boolean reads(ElementType type) {
        return switch (type) {
            case F32, F16, BF16, F8_E8M0 -> true;
            default -> false;
        };
    }

    /// Reads the factors. Confined to one thread.
    Reader open(Arena owner) {
        return new Reader(this, tensor.map(owner));
    }

    record Reader(Scales scales, MemorySegment data) {

        float at(long row, long group) {
            return scales.value(
                    data, row / scales.rowsEach * scales.rowStride + group * scales.groupStride);
        }
    }

    private float value(MemorySegment data, long index) {
        if (tensor.element() == ElementType.F8_E8M0) {
            int exponent = data.get(ValueLayout.JAVA_BYTE, index) & 0xff;
            return exponent == 0xff ? Float.NaN : Math.scalb(1f, exponent - EXPONENT_BIAS);
        }
        return FloatTensor.element(data, tensor.type(), index);
    }

    /// Whether fp16, in which blocks of GGUF have their factors, holds each of these exactly.
    boolean fitHalf() {
        return tensor.element() == ElementType.F16 || all(Scales::fitsHalf);
    }

    /// Whether products with numbers of four significant bits have no more than the eight of BF16.
    boolean haveFourBits() {
        return all(Scales::hasFourBits);
    }

    private static boolean fitsHalf(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(value)) == value;
    }

    private static boolean hasFourBits(float value) {
        float size = Math.abs(value);
        return size == 0
                || (size >= SMALLEST
                        && size <= LARGEST
                        && (Float.floatToRawIntBits(value) & BITS_BELOW_FOUR) == 0);
    }

    private interface FloatTest {
        boolean holds(float value);
    }

    private boolean all(FloatTest test) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = tensor.map(arena);
            long count = tensor.elements();
            for (long i = 0; i < count; i++) {
                if (!test.holds(value(data, i))) {
                    return false;
                }
            }
            return true;
        }
    }
}
