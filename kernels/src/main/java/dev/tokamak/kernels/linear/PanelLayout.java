package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.TensorType;

/// How the weights of a group of 16 rows lie in memory, by type. Immutable.
enum PanelLayout {

    /* The row is the lane: [16] means one value for each row, and a word is [16] 32-bit words, 64 bytes. A group holds its
     * columns in ascending order; every number is little-endian. Integers are unsigned, with a bias added to the signed ones.
     *
     *         super-block header                 block of 32 columns, 8 in each super-block of K types and Q6_K
     *   Q4_0  -                                  [16] fp16 scale                       | 4 words nibbles
     *   Q4_1  -                                  [16] fp16 scale | [16] fp16 minimum   | 4 words nibbles
     *   Q5_0  -                                  [16] fp16 scale                       | 4 words nibbles | 1 word fifth bits
     *   Q5_1  -                                  [16] fp16 scale | [16] fp16 minimum   | 4 words nibbles | 1 word fifth bits
     *   Q8_0  -                                  [16] fp16 scale                       | 8 words bytes
     *   Q4_K  [16] fp16 d | [16] fp16 dmin       [16] u8 sub-scale | [16] u8 sub-min.  | 4 words nibbles
     *   Q5_K  [16] fp16 d | [16] fp16 dmin       [16] u8 sub-scale | [16] u8 sub-min.  | 4 words nibbles | 1 word fifth bits
     *   Q6_K  [16] fp16 d                        [16] s8 of 0..15  | [16] s8 of 16..31 | 4 words nibbles | 2 words upper bits
     *   F32   -                                  [columns][16] fp32
     *   F16, BF16                                [columns/2] words: column 2w in the low, 2w+1 in the high half of word w
     *
     *   nibbles     word w, byte i: column 4w+i in the low, 16+4w+i in the high half
     *   bytes       word w, byte i: column 4w+i
     *   fifth bits  byte i, bit s: column 4s+i
     *   upper bits  word u, byte i, bits 2j and 2j+1: column 4(4u+j)+i
     *
     * So a mask, a shift and an OR give the four integers of columns 4j..4j+3 in the bytes of each lane, which is a row of
     * the [k/4][16][4] panel that dot-product instructions and matrix tiles want. */

    Q4_0(Words.NIBBLES, 0, 32, 8),
    Q4_1(Words.NIBBLES, 0, 64, 0),
    Q5_0(Words.FIVE_BITS, 0, 32, 16),
    Q5_1(Words.FIVE_BITS, 0, 64, 0),
    Q8_0(Words.BYTES, 0, 32, 128),
    Q4_K(Words.NIBBLES, 64, 32, 0),
    Q5_K(Words.FIVE_BITS, 64, 32, 0),
    Q6_K(Words.SIX_BITS, 32, 32, 32),
    F32(Words.FLOATS, 0, 0, 0),
    F16(Words.HALVES, 0, 0, 0),
    BF16(Words.HALVES, 0, 0, 0);

    /// What the words of a block hold.
    enum Words {
        NIBBLES(4),
        /// Nibbles, then the fifth bits.
        FIVE_BITS(5),
        /// Nibbles, then the upper two bits.
        SIX_BITS(6),
        BYTES(8),
        FLOATS(1),
        HALVES(1);

        private final int count;

        Words(int count) {
            this.count = count;
        }
    }

    /// Bytes of one 32-bit word for each row of a group.
    static final int WORD_BYTES = PackedWeights.GROUP_ROWS * Integer.BYTES;

    /// Bytes of one fp16 number for each row of a group.
    static final int HALF_BYTES = PackedWeights.GROUP_ROWS * Short.BYTES;

    /// From the words of a block to those of its upper bits, where there are any.
    static final int NIBBLE_BYTES = 4 * WORD_BYTES;

    private final Words words;
    private final int superHeaderBytes;
    private final int headerBytes;
    private final int bias;
    private final int superShift;

    PanelLayout(Words words, int superHeaderBytes, int headerBytes, int bias) {
        this.words = words;
        this.superHeaderBytes = superHeaderBytes;
        this.headerBytes = headerBytes;
        this.bias = bias;
        this.superShift = superHeaderBytes > 0 ? 3 : 0;
    }

    static PanelLayout of(TensorType type) {
        return switch (type) {
            case F32 -> F32;
            case F16 -> F16;
            case BF16 -> BF16;
            case Q4_0 -> Q4_0;
            case Q4_1 -> Q4_1;
            case Q5_0 -> Q5_0;
            case Q5_1 -> Q5_1;
            case Q8_0 -> Q8_0;
            case Q4_K -> Q4_K;
            case Q5_K -> Q5_K;
            case Q6_K -> Q6_K;
        };
    }

    Words words() {
        return words;
    }

    /// What was added to the integers so that they are unsigned.
    int bias() {
        return bias;
    }

    /// Whether blocks lie in super-blocks with a header of their own.
    boolean hasSuperBlocks() {
        return superHeaderBytes > 0;
    }

    /// Bytes before the blocks of a super-block; 0 where there are none.
    int superHeaderBytes() {
        return superHeaderBytes;
    }

    /// Blocks of a super-block; a block that lies alone is one of one.
    int superBlocks() {
        return 1 << superShift;
    }

    int superBlockBytes() {
        return superHeaderBytes + superBlocks() * blockBytes();
    }

    /// Bytes of a block before its words.
    int headerBytes() {
        return headerBytes;
    }

    /// Bytes of one block of integers of 16 rows and 32 columns.
    int blockBytes() {
        return headerBytes + words.count * WORD_BYTES;
    }

    /// From the start of a group to the super-block that holds this block.
    long superBlockOffsetBytes(int block) {
        return (long) (block >> superShift) * superBlockBytes();
    }

    /// From the start of a group to this block.
    long blockOffsetBytes(int block) {
        return superBlockOffsetBytes(block)
                + superHeaderBytes
                + (long) (block & (superBlocks() - 1)) * blockBytes();
    }

    long groupBytes(int columns) {
        return switch (words) {
            case FLOATS -> (long) columns * WORD_BYTES;
            case HALVES -> (columns + 1L) / 2 * WORD_BYTES;
            case NIBBLES, FIVE_BITS, SIX_BITS, BYTES ->
                    (long) (columns / Activations.BLOCK / superBlocks()) * superBlockBytes();
        };
    }
}
