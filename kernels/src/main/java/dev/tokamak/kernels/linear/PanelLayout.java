package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.TensorType;

/// How the weights of a group of 16 rows lie in memory. Immutable.
enum PanelLayout {

    /* A group is a sequence of panels, one for each block of 32 columns (integers) or one for all columns (floats).
     * The row is always the lane, so 64 bytes hold one 32-bit word of each of the 16 rows. All numbers are native-endian.
     *
     * Block of integers: [16] fp32 scale, then [16] fp32 minimum or [16] pairs of int16 sub-scales where the type has
     * them, then the words:
     *   NIBBLES          4 x [16] words; word w holds columns 8w..8w+7, byte i of it column 8w+i in its low and 8w+4+i in
     *                    its high half, so that `word & 0x0f0f0f0f` and `word >>> 4 & 0x0f0f0f0f` are each a row of the
     *                    [k/4][16][4] panel that dot-product instructions and matrix tiles want
     *   BYTES            8 x [16] words; word w holds columns 4w..4w+3 as signed bytes, lowest first: [k/4][16][4]
     *   SUBSCALED_BYTES  the same, with one sub-scale for columns 0..15 (low int16) and one for 16..31 (high int16)
     * Floats:
     *   FLOATS           [columns][16] fp32
     *   HALVES           [columns/2][16] words; word w holds column 2w in its low and 2w+1 in its high 16 bits
     */

    NIBBLES(4),
    BYTES(8),
    SUBSCALED_BYTES(8),
    FLOATS(1),
    HALVES(1);

    /// Bytes of one 32-bit word for each row of a group.
    static final int WORD_BYTES = PackedWeights.GROUP_ROWS * Integer.BYTES;

    private final int words;

    PanelLayout(int words) {
        this.words = words;
    }

    static PanelLayout of(TensorType type) {
        return switch (type) {
            case F32 -> FLOATS;
            case F16, BF16 -> HALVES;
            case Q4_0, Q4_1, Q4_K -> NIBBLES;
            case Q5_0, Q5_1, Q5_K, Q8_0 -> BYTES;
            case Q6_K -> SUBSCALED_BYTES;
        };
    }

    /// What was added to the integers of this type so that they fit unsigned nibbles.
    static int bias(TensorType type) {
        return type == TensorType.Q4_0 ? 8 : 0;
    }

    /// Bytes before the words of a block of integers.
    static int headerBytes(TensorType type) {
        boolean second = type.hasMinimum() || of(type) == SUBSCALED_BYTES;
        return second ? 2 * WORD_BYTES : WORD_BYTES;
    }

    /// Bytes of one block of integers of 16 rows and 32 columns.
    static int blockBytes(TensorType type) {
        return headerBytes(type) + of(type).words * WORD_BYTES;
    }

    static long groupBytes(TensorType type, int columns) {
        return switch (of(type)) {
            case FLOATS -> (long) columns * WORD_BYTES;
            case HALVES -> (columns + 1L) / 2 * WORD_BYTES;
            case NIBBLES, BYTES, SUBSCALED_BYTES ->
                    (long) (columns / Activations.BLOCK) * blockBytes(type);
        };
    }
}
