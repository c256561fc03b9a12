package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A matrix of floats of eight bits (four of exponent, three of mantissa) times their factors, as BF16 where that is exact,
/// else as fp32. Thread-safe.
record Float8Tensor(StoredTensor floats, Scales scales, GgmlType type) implements SourceTensor {

    private static final float[] VALUES = values();

    static Float8Tensor of(StoredTensor floats, Scales scales) {
        GgmlType type = scales.haveFourBits() ? GgmlType.BF16 : GgmlType.F32;
        return new Float8Tensor(floats, scales, type);
    }

    private static float[] values() {
        float[] values = new float[256];
        for (int bits = 0; bits < values.length; bits++) {
            int exponent = (bits >> 3) & 15;
            int mantissa = bits & 7;
            float size =
                    exponent == 0
                            ? Math.scalb((float) mantissa, -9)
                            : Math.scalb((float) (8 + mantissa), exponent - 10);
            float value = exponent == 15 && mantissa == 7 ? Float.NaN : size;
            values[bits] = bits < 128 ? value : -value;
        }
        return values;
    }

    @Override
    public String name() {
        return floats.name();
    }

    @Override
    public List<Long> shape() {
        return floats.shape();
    }

    @Override
    public ElementReader open(Arena owner) {
        MemorySegment from = floats.map(owner);
        Scales.Reader factors = scales.open(owner);
        int columns = scales.groups().columns();
        int width = scales.groups().size();
        int elementBytes = type.blockBytes();
        return (first, count, target, offsetBytes) -> {
            for (long i = 0; i < count; ) {
                long row = (first + i) / columns;
                int column = (int) ((first + i) % columns);
                int end = (int) Math.min((column / width + 1L) * width, columns);
                int some = (int) Math.min(end - column, count - i);
                float factor = factors.at(row, column / width);
                write(from, first + i, some, factor, target, offsetBytes + i * elementBytes);
                i += some;
            }
        };
    }

    private void write(
            MemorySegment from,
            long first,
            int count,
            float factor,
            MemorySegment target,
            long offsetBytes) {
        boolean half = type == GgmlType.BF16;
        for (int i = 0; i < count; i++) {
            float value = VALUES[from.get(ValueLayout.JAVA_BYTE, first + i) & 0xff] * factor;
            if (half) {
                short bits = (short) (Float.floatToRawIntBits(value) >>> 16);
                target.set(FloatTensor.SHORT, offsetBytes + (long) i * Short.BYTES, bits);
            } else {
                target.set(FloatTensor.FLOAT, offsetBytes + (long) i * Float.BYTES, value);
            }
        }
    }
}
