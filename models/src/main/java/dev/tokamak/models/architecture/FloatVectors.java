package dev.tokamak.models.architecture;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Reads norm weights, biases and the like, which files hold in one of the float types.
final class FloatVectors {

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private FloatVectors() {}

    /// One element of a tensor as it lies in the file.
    static float element(MemorySegment data, TensorType type, long index) {
        return switch (type) {
            case F32 -> Float.intBitsToFloat(data.get(INT, index * Integer.BYTES));
            case F16 -> Float.float16ToFloat(data.get(SHORT, index * Short.BYTES));
            case BF16 -> Float.intBitsToFloat(data.get(SHORT, index * Short.BYTES) << 16);
            default -> throw new IllegalArgumentException(type + " has no single elements");
        };
    }

    /// Copies a tensor as fp32.
    static void copy(MemorySegment data, VectorTensor vector, MemorySegment target) {
        for (int i = 0; i < vector.length(); i++) {
            target.setAtIndex(
                    ValueLayout.JAVA_FLOAT,
                    i,
                    element(data, vector.type(), vector.firstElement() + i));
        }
    }
}
