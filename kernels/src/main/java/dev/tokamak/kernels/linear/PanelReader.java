package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Finds single weights, scales and words in packed weights. Immutable.
final class PanelReader {

    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int ROWS = PackedWeights.GROUP_ROWS;

    private PanelReader() {}

    private static long blockOffsetBytes(PackedWeights weights, int row, int block) {
        return weights.groupOffsetBytes(row / ROWS) + weights.layout().blockOffsetBytes(block);
    }

    private static long superBlockOffsetBytes(PackedWeights weights, int row, int block) {
        return weights.groupOffsetBytes(row / ROWS) + weights.layout().superBlockOffsetBytes(block);
    }

    private static float half(PackedWeights weights, int row, long offset) {
        long at = offset + (long) (row % ROWS) * Short.BYTES;
        return Float.float16ToFloat(weights.memory().get(SHORT, at));
    }

    /// What the products of a block are multiplied by.
    static float scale(PackedWeights weights, int row, int block) {
        long superBlock = superBlockOffsetBytes(weights, row, block);
        float scale = half(weights, row, superBlock);
        if (weights.layout().hasSuperBlocks() && weights.type().hasMinimum()) {
            return scale * (subScale(weights, row, block, 0) & 255);
        }
        return scale;
    }

    /// What is added to the scaled weights of a block; only of types with minimums.
    static float minimum(PackedWeights weights, int row, int block) {
        long offset = superBlockOffsetBytes(weights, row, block) + PanelLayout.HALF_BYTES;
        float minimum = half(weights, row, offset);
        if (weights.layout().hasSuperBlocks()) {
            return -(minimum * (subScale(weights, row, block, 1) & 255));
        }
        return minimum;
    }

    /// One of the two bytes in the header of a block that lies in a super-block.
    static byte subScale(PackedWeights weights, int row, int block, int which) {
        long at = blockOffsetBytes(weights, row, block) + (which == 0 ? 0 : ROWS) + row % ROWS;
        return weights.memory().get(JAVA_BYTE, at);
    }

    /// Offset of the row's first word of integers in a block; the next is [PanelLayout#WORD_BYTES] further.
    static long wordOffsetBytes(PackedWeights weights, int row, int block) {
        return blockOffsetBytes(weights, row, block)
                + weights.layout().headerBytes()
                + (long) (row % ROWS) * Integer.BYTES;
    }

    /// The integers of columns `4 * four` to `4 * four + 3` of a block, one in each byte, with the bias.
    ///
    /// @param offset as [#wordOffsetBytes] gives it
    static int fourQuants(PackedWeights weights, long offset, int four) {
        MemorySegment memory = weights.memory();
        PanelLayout.Words words = weights.layout().words();
        if (words == PanelLayout.Words.BYTES) {
            return word(memory, offset, four);
        }
        int nibbles = word(memory, offset, four % 4) >>> (four & 4) & 0x0f0f0f0f;
        return switch (words) {
            case FIVE_BITS -> {
                int fifth = word(memory, offset, 4) >>> four & 0x01010101;
                yield nibbles | fifth << 4;
            }
            case SIX_BITS -> {
                int upper = word(memory, offset, 4 + four / 4) >>> (four % 4 * 2) & 0x03030303;
                yield nibbles | upper << 4;
            }
            case NIBBLES, BYTES, FLOATS, HALVES -> nibbles;
        };
    }

    private static int word(MemorySegment memory, long offset, int word) {
        return memory.get(INT, offset + (long) word * PanelLayout.WORD_BYTES);
    }

    /// One weight of a float type.
    static float floatWeight(PackedWeights weights, int row, int column) {
        long offset = weights.groupOffsetBytes(row / ROWS) + (long) (row % ROWS) * Integer.BYTES;
        if (weights.type() == TensorType.F32) {
            return weights.memory().get(FLOAT, offset + (long) column * PanelLayout.WORD_BYTES);
        }
        int word = word(weights.memory(), offset, column / 2);
        short bits = (short) (column % 2 == 0 ? word : word >>> 16);
        return weights.type() == TensorType.BF16
                ? Float.intBitsToFloat(bits << 16)
                : Float.float16ToFloat(bits);
    }
}
