package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tokamak.kernels.format.TensorType;

/// Finds single weights, scales and words in packed weights. Immutable.
final class PanelReader {

    private PanelReader() {}

    private static long blockOffsetBytes(PackedWeights weights, int row, int block) {
        return weights.groupOffsetBytes(row / PackedWeights.GROUP_ROWS)
                + (long) block * PanelLayout.blockBytes(weights.type())
                + (long) (row % PackedWeights.GROUP_ROWS) * Integer.BYTES;
    }

    static float scale(PackedWeights weights, int row, int block) {
        return weights.memory().get(JAVA_FLOAT, blockOffsetBytes(weights, row, block));
    }

    static float minimum(PackedWeights weights, int row, int block) {
        long offset = blockOffsetBytes(weights, row, block) + PanelLayout.WORD_BYTES;
        return weights.memory().get(JAVA_FLOAT, offset);
    }

    /// Two int16: the sub-scale of columns 0..15 in the low, that of 16..31 in the high half.
    static int subScales(PackedWeights weights, int row, int block) {
        long offset = blockOffsetBytes(weights, row, block) + PanelLayout.WORD_BYTES;
        return weights.memory().get(JAVA_INT, offset);
    }

    /// Offset of the row's first word of integers; the next is [PanelLayout#WORD_BYTES] further.
    static long wordOffsetBytes(PackedWeights weights, int row, int block) {
        return blockOffsetBytes(weights, row, block) + PanelLayout.headerBytes(weights.type());
    }

    /// The integer of one weight.
    static int quant(PackedWeights weights, int row, int column) {
        long offset = wordOffsetBytes(weights, row, column / Activations.BLOCK);
        int within = column % Activations.BLOCK;
        if (weights.layout() == PanelLayout.NIBBLES) {
            int word = word(weights, offset, within / 8);
            int shift = within % 4 * 8 + (within & 4);
            return (word >>> shift & 15) - PanelLayout.bias(weights.type());
        }
        return (byte) (word(weights, offset, within / 4) >>> (within % 4 * 8));
    }

    private static int word(PackedWeights weights, long offset, int word) {
        return weights.memory().get(JAVA_INT, offset + (long) word * PanelLayout.WORD_BYTES);
    }

    /// One weight of a float type.
    static float floatWeight(PackedWeights weights, int row, int column) {
        long group = weights.groupOffsetBytes(row / PackedWeights.GROUP_ROWS);
        long lane = row % PackedWeights.GROUP_ROWS;
        if (weights.layout() == PanelLayout.FLOATS) {
            long index = (long) column * PackedWeights.GROUP_ROWS + lane;
            return weights.memory().get(JAVA_FLOAT, group + index * Float.BYTES);
        }
        long index = (column / 2L) * PackedWeights.GROUP_ROWS + lane;
        int word = weights.memory().get(JAVA_INT, group + index * Integer.BYTES);
        short bits = (short) (column % 2 == 0 ? word : word >>> 16);
        return weights.type() == TensorType.BF16
                ? Float.intBitsToFloat(bits << 16)
                : Float.float16ToFloat(bits);
    }

    /// One weight of any type, dequantised.
    static float weight(PackedWeights weights, int row, int column) {
        if (!weights.readsQuantized()) {
            return floatWeight(weights, row, column);
        }
        int block = column / Activations.BLOCK;
        float scale = scale(weights, row, block);
        if (weights.layout() == PanelLayout.SUBSCALED_BYTES) {
            int subScales = subScales(weights, row, block);
            boolean first = column % Activations.BLOCK < Activations.BLOCK / 2;
            scale *= first ? (short) subScales : subScales >> 16;
        }
        float weight = scale * quant(weights, row, column);
        return weights.type().hasMinimum() ? weight + minimum(weights, row, block) : weight;
    }
}
