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
    private static final int ONES = 0x01010101;
    private static final int NIBBLES = PanelLayout.NIBBLE_BYTES;

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

    /// What the products of half a block are multiplied by, after their sub-scale where each half has one.
    static float scale(PackedWeights weights, int row, int block, int half) {
        PanelLayout layout = weights.layout();
        long header = superBlockOffsetBytes(weights, row, block);
        return switch (layout.scales()) {
            case HALF, HALF_AND_MINIMUM -> half(weights, row, header);
            case BFLOAT -> bfloat(weights, row, header);
            case TWO_HALVES -> half(weights, row, header + (long) half * PanelLayout.HALF_BYTES);
            case SUPER, SUPER_AND_TWO_BYTES, SUPER_AND_NIBBLES ->
                    half(weights, row, header) * layout.unit();
            case SUPER_AND_BYTE ->
                    half(weights, row, header) * layout.unit() * headerByte(weights, row, block, 0);
            case SUPER_AND_MINIMUM ->
                    half(weights, row, header) * (headerByte(weights, row, block, 0) & 255);
            case NONE -> throw new AssertionError(layout);
        };
    }

    private static float bfloat(PackedWeights weights, int row, long offset) {
        long at = offset + (long) (row % ROWS) * Short.BYTES;
        return Float.intBitsToFloat(weights.memory().get(SHORT, at) << 16);
    }

    /// What is added to the scaled weights of a block, after their sub-minimum where each half has one; only of types with
    /// minimums.
    static float minimum(PackedWeights weights, int row, int block) {
        PanelLayout layout = weights.layout();
        long offset = superBlockOffsetBytes(weights, row, block) + PanelLayout.HALF_BYTES;
        float minimum = half(weights, row, offset);
        return switch (layout.scales()) {
            case HALF_AND_MINIMUM -> minimum;
            case SUPER_AND_MINIMUM -> -(minimum * (headerByte(weights, row, block, 1) & 255));
            case SUPER_AND_NIBBLES -> -minimum;
            case NONE, HALF, BFLOAT, TWO_HALVES, SUPER, SUPER_AND_BYTE, SUPER_AND_TWO_BYTES ->
                    throw new AssertionError(layout);
        };
    }

    /// The integer that the products of half a block are multiplied by; 1 where there is none.
    static int subScale(PackedWeights weights, int row, int block, int half) {
        return switch (weights.layout().scales()) {
            case SUPER_AND_TWO_BYTES -> headerByte(weights, row, block, half);
            case SUPER_AND_NIBBLES -> headerByte(weights, row, block, half) & 15;
            case NONE,
                    HALF,
                    HALF_AND_MINIMUM,
                    BFLOAT,
                    TWO_HALVES,
                    SUPER,
                    SUPER_AND_BYTE,
                    SUPER_AND_MINIMUM ->
                    1;
        };
    }

    /// The integer that the minimum of half a block is multiplied by; 1 where there is none.
    static int subMinimum(PackedWeights weights, int row, int block, int half) {
        return weights.layout().scales() == PanelLayout.Scales.SUPER_AND_NIBBLES
                ? headerByte(weights, row, block, half) >> 4 & 15
                : 1;
    }

    /// One of the two bytes in the header of a block that lies in a super-block.
    private static byte headerByte(PackedWeights weights, int row, int block, int which) {
        long at = blockOffsetBytes(weights, row, block) + (long) which * ROWS + row % ROWS;
        return weights.memory().get(JAVA_BYTE, at);
    }

    /// Offset of the row's first word of integers in a block; the next is [PanelLayout#WORD_BYTES] further.
    static long wordOffsetBytes(PackedWeights weights, int row, int block) {
        return blockOffsetBytes(weights, row, block)
                + weights.layout().headerBytes()
                + (long) (row % ROWS) * Integer.BYTES;
    }

    /// What is stored for the integers of columns `4 * four` to `4 * four + 3` of a block, one in each byte; see
    /// [#integer].
    ///
    /// @param offset as [#wordOffsetBytes] gives it
    static int fourQuants(PackedWeights weights, long offset, int four) {
        MemorySegment memory = weights.memory();
        return switch (weights.layout().words()) {
            case ONE_BIT -> (word(memory, offset, 0) >>> four & ONES) << 1;
            case TWO_BITS -> pairs(memory, offset, four);
            case THREE_BITS ->
                    pairs(memory, offset, four) | (word(memory, offset, 2) >>> four & ONES) << 2;
            case NIBBLES -> nibbles(memory, offset, four);
            case FIVE_BITS ->
                    nibbles(memory, offset, four) | (word(memory, offset, 4) >>> four & ONES) << 4;
            case SIX_BITS ->
                    nibbles(memory, offset, four) | pairs(memory, offset + NIBBLES, four) << 4;
            case BYTES -> word(memory, offset, four);
            case FLOATS, HALVES -> throw new AssertionError(weights.layout());
        };
    }

    private static int nibbles(MemorySegment memory, long offset, int four) {
        return word(memory, offset, four % 4) >>> (four & 4) & 0x0f0f0f0f;
    }

    private static int pairs(MemorySegment memory, long offset, int four) {
        return word(memory, offset, four / 4) >>> (four % 4 * 2) & 0x03030303;
    }

    /// The integer that one of the four stored bytes stands for.
    static int integer(PackedWeights weights, int fourQuants, int which) {
        PanelLayout layout = weights.layout();
        return layout.integer(fourQuants >>> (8 * which) & 255) - layout.bias();
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
