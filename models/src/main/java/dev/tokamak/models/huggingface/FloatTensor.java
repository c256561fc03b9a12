package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// A tensor of floats as fp32, with a number added to each. Thread-safe.
record FloatTensor(SourceTensor source, float added) implements SourceTensor {

    static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Whether elements of this type can be read.
    static boolean reads(GgmlType type) {
        return type == GgmlType.F32 || type == GgmlType.F16 || type == GgmlType.BF16;
    }

    /// One element of a tensor of floats.
    static float element(MemorySegment data, GgmlType type, long index) {
        return switch (type) {
            case F32 -> data.getAtIndex(FLOAT, index);
            case F16 -> Float.float16ToFloat(data.getAtIndex(SHORT, index));
            case BF16 -> Float.intBitsToFloat(data.getAtIndex(SHORT, index) << 16);
            default -> throw new IllegalArgumentException(type + " has no single floats");
        };
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public GgmlType type() {
        return GgmlType.F32;
    }

    @Override
    public List<Long> shape() {
        return source.shape();
    }

    @Override
    public ElementReader open(Arena owner) {
        MemorySegment from = source.map(owner);
        return (first, count, target, offsetBytes) -> {
            for (long i = 0; i < count; i++) {
                float value = element(from, source.type(), first + i) + added;
                target.set(FLOAT, offsetBytes + i * Float.BYTES, value);
            }
        };
    }
}
