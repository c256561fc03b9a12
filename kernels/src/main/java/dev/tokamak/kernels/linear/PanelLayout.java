package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.Codebook;
import dev.tokamak.kernels.format.TensorType;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;

/// How the weights of a group of 16 rows lie in memory, by type. Immutable.
enum PanelLayout {

    /* The row is the lane: [16] means one value for each row, and a word is [16] 32-bit words, 64 bytes. A group holds its
     * columns in ascending order; every number is little-endian. A block is 32 columns and consists of a header and words;
     * some types have super-blocks of several blocks, as many as there are in a block of the file, with a header before
     * them. Scales says what is in the headers, Words what is in the words. Integers are unsigned: signed ones have a bias
     * added, and those of a codebook are the numbers in it.
     *
     *         columns of 32 bits hold       bit of byte i in word w that belongs to column
     *   nibbles       4 bits, 4 words       0..3: 4w+i             4..7: 16+4w+i
     *   pairs         2 bits, 2 words       2j and 2j+1: 4(4w+j)+i
     *   bits          1 bit, 1 word         s: 4s+i
     *   bytes         8 bits, 8 words       0..7: 4w+i
     *
     *   F32           [columns][16] fp32
     *   F16, BF16     [columns/2] words: column 2w in the low, 2w+1 in the high half of word w
     *
     * So a mask, a shift and an OR give the four integers of columns 4s..4s+3 in the bytes of each lane, which is a row of
     * the [k/4][16][4] panel that dot-product instructions and matrix tiles want. */

    Q4_0(TensorType.Q4_0, Words.NIBBLES, Scales.HALF, 8),
    Q4_1(TensorType.Q4_1, Words.NIBBLES, Scales.HALF_AND_MINIMUM, 0),
    Q5_0(TensorType.Q5_0, Words.FIVE_BITS, Scales.HALF, 16),
    Q5_1(TensorType.Q5_1, Words.FIVE_BITS, Scales.HALF_AND_MINIMUM, 0),
    Q8_0(TensorType.Q8_0, Words.BYTES, Scales.HALF, 128),
    Q2_K(TensorType.Q2_K, Words.TWO_BITS, Scales.SUPER_AND_NIBBLES, 0),
    Q3_K(TensorType.Q3_K, Words.THREE_BITS, Scales.SUPER_AND_TWO_BYTES, 4),
    Q4_K(TensorType.Q4_K, Words.NIBBLES, Scales.SUPER_AND_MINIMUM, 0),
    Q5_K(TensorType.Q5_K, Words.FIVE_BITS, Scales.SUPER_AND_MINIMUM, 0),
    Q6_K(TensorType.Q6_K, Words.SIX_BITS, Scales.SUPER_AND_TWO_BYTES, 32),
    IQ1_S(TensorType.IQ1_S, Words.THREE_BITS, Scales.SUPER_AND_BYTE, 16),
    IQ1_M(TensorType.IQ1_M, Words.THREE_BITS, Scales.SUPER_AND_TWO_BYTES, 16),
    IQ2_XXS(TensorType.IQ2_XXS, Words.THREE_BITS, Scales.SUPER_AND_BYTE, 64),
    IQ2_XS(TensorType.IQ2_XS, Words.THREE_BITS, Scales.SUPER_AND_TWO_BYTES, 64),
    IQ2_S(TensorType.IQ2_S, Words.THREE_BITS, Scales.SUPER_AND_TWO_BYTES, 64),
    IQ3_XXS(TensorType.IQ3_XXS, Words.NIBBLES, Scales.SUPER_AND_BYTE, 64),
    IQ3_S(TensorType.IQ3_S, Words.NIBBLES, Scales.SUPER_AND_BYTE, 16),
    IQ4_NL(TensorType.IQ4_NL, Words.NIBBLES, Scales.HALF, 128),
    IQ4_XS(TensorType.IQ4_XS, Words.NIBBLES, Scales.SUPER_AND_BYTE, 128),
    TQ1_0(TensorType.TQ1_0, Words.TWO_BITS, Scales.SUPER, 1),
    TQ2_0(TensorType.TQ2_0, Words.TWO_BITS, Scales.SUPER, 1),
    MXFP4(TensorType.MXFP4, Words.NIBBLES, Scales.BFLOAT, 16),
    NVFP4(TensorType.NVFP4, Words.NIBBLES, Scales.TWO_HALVES, 16),
    Q1_0(TensorType.Q1_0, Words.ONE_BIT, Scales.SUPER, 1),
    Q2_0(TensorType.Q2_0, Words.TWO_BITS, Scales.SUPER, 1),
    F32(TensorType.F32, Words.FLOATS, Scales.NONE, 0),
    F16(TensorType.F16, Words.HALVES, Scales.NONE, 0),
    BF16(TensorType.BF16, Words.HALVES, Scales.NONE, 0);

    /// What the words of a block hold.
    enum Words {
        /// Bits that count twice: an integer is 0 or 2.
        ONE_BIT(1, 2),
        /// Pairs.
        TWO_BITS(2, 3),
        /// Pairs, then the third bits.
        THREE_BITS(3, 7),
        NIBBLES(4, 15),
        /// Nibbles, then the fifth bits.
        FIVE_BITS(5, 31),
        /// Nibbles, then pairs of upper bits.
        SIX_BITS(6, 63),
        BYTES(8, 255),
        FLOATS(1, 0),
        HALVES(1, 0);

        private final int count;
        private final int largest;

        Words(int count, int largest) {
            this.count = count;
            this.largest = largest;
        }
    }

    /// What the headers of super-blocks and blocks hold, [16] each.
    enum Scales {
        NONE(0, 0),
        /// A scale in fp16.
        HALF(0, 32),
        /// A scale and a minimum in fp16.
        HALF_AND_MINIMUM(0, 64),
        /// A scale that is the upper half of an fp32 number.
        BFLOAT(0, 32),
        /// Two scales in fp16, one for each half of the block.
        TWO_HALVES(0, 64),
        /// A factor in fp16 in the super-block, which is the scale of all its blocks.
        SUPER(32, 0),
        /// A factor in fp16 in the super-block, a signed sub-scale in the block.
        SUPER_AND_BYTE(32, 16),
        /// A factor in fp16 in the super-block, two signed sub-scales in the block, one for each half.
        SUPER_AND_TWO_BYTES(32, 32),
        /// Two factors in fp16 in the super-block, an unsigned sub-scale and an unsigned sub-minimum in the block.
        SUPER_AND_MINIMUM(64, 32),
        /// Two factors in fp16 in the super-block; two bytes in the block, one for each half, of which the lower four bits
        /// are a sub-scale and the upper four a sub-minimum.
        SUPER_AND_NIBBLES(64, 32);

        private final int superHeaderBytes;
        private final int headerBytes;

        Scales(int superHeaderBytes, int headerBytes) {
            this.superHeaderBytes = superHeaderBytes;
            this.headerBytes = headerBytes;
        }

        /// Whether each half of a block has an integer sub-scale, so that both products are combined in integers.
        boolean hasTwoSubScales() {
            return this == SUPER_AND_TWO_BYTES || this == SUPER_AND_NIBBLES;
        }
    }

    /// Bytes of one 32-bit word for each row of a group.
    static final int WORD_BYTES = PackedWeights.GROUP_ROWS * Integer.BYTES;

    /// Bytes of one fp16 number for each row of a group.
    static final int HALF_BYTES = PackedWeights.GROUP_ROWS * Short.BYTES;

    /// From the words of a block to those of its upper bits, where there are nibbles and more.
    static final int NIBBLE_BYTES = 4 * WORD_BYTES;

    private static final Map<TensorType, PanelLayout> BY_TYPE = byType();

    private final TensorType type;
    private final Words words;
    private final Scales scales;
    private final int bias;
    private final int superShift;
    private final float unit;

    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final byte[] table;

    private final boolean hasTable;

    PanelLayout(TensorType type, Words words, Scales scales, int bias) {
        this.type = type;
        this.words = words;
        this.scales = scales;
        this.bias = bias;
        int fileBlocks = Math.max(1, type.blockElements() / Activations.BLOCK);
        this.superShift =
                scales.superHeaderBytes > 0 ? Integer.numberOfTrailingZeros(fileBlocks) : 0;
        this.unit = type.codebook().map(Codebook::unit).orElse(1f);
        this.table = table(type, bias, words);
        this.hasTable = needsTable(type, bias, words);
    }

    private static byte[] table(TensorType type, int bias, Words words) {
        byte[] table = new byte[16];
        boolean needed = needsTable(type, bias, words);
        for (int value = 0; value < table.length; value++) {
            table[value] = (byte) value;
        }
        if (needed) {
            Codebook book = type.codebook().orElseThrow();
            for (int number = 0; number < book.size(); number++) {
                table[number] = (byte) (book.value(number) + bias);
            }
        }
        return table;
    }

    private static boolean needsTable(TensorType type, int bias, Words words) {
        int step = words == Words.ONE_BIT ? 2 : 1;
        return type.codebook().stream()
                .anyMatch(
                        book ->
                                IntStream.range(0, book.size())
                                        .anyMatch(n -> book.value(n) + bias != step * n));
    }

    private static Map<TensorType, PanelLayout> byType() {
        Map<TensorType, PanelLayout> layouts = new EnumMap<>(TensorType.class);
        for (PanelLayout layout : values()) {
            layouts.put(layout.type, layout);
        }
        return layouts;
    }

    static PanelLayout of(TensorType type) {
        PanelLayout layout = BY_TYPE.get(type);
        if (layout == null) {
            throw new AssertionError(type);
        }
        return layout;
    }

    Words words() {
        return words;
    }

    Scales scales() {
        return scales;
    }

    /// What is added to the integers so that they are unsigned: 0 or a power of two.
    int bias() {
        return bias;
    }

    /// Whether what words hold must be looked up, since integers do not follow each other as their numbers do.
    boolean hasTable() {
        return hasTable;
    }

    /// Whether words hold numbers of a codebook, of at most four bits.
    boolean hasNumbers() {
        return type.codebook().isPresent();
    }

    /// The unsigned integer that a value in the words stands for.
    int integer(int value) {
        return hasTable ? table[value] & 255 : value;
    }

    /// The unsigned integers that 16 values of words stand for; the values themselves where nothing is to be looked up. Only
    /// for words of at most four bits.
    byte[] tableBytes() {
        return table;
    }

    /// The same in the bytes of a vector, repeated in each 16.
    ///
    /// @param added to every integer
    int[] tableWords(int added, int vectorBytes) {
        int[] packed = new int[vectorBytes / Integer.BYTES];
        for (int i = 0; i < vectorBytes; i++) {
            packed[i / 4] |= (table[i % table.length] + added & 255) << (8 * (i % 4));
        }
        return packed;
    }

    /// The largest unsigned integer.
    int largest() {
        int largest = words.largest;
        if (hasTable) {
            largest = 0;
            for (byte integer : table) {
                largest = Math.max(largest, integer & 255);
            }
        }
        return largest;
    }

    /// What factors of super-blocks are multiplied by.
    float unit() {
        return unit;
    }

    /// Whether blocks lie in super-blocks with a header of their own.
    boolean hasSuperBlocks() {
        return scales.superHeaderBytes > 0;
    }

    /// Bytes before the blocks of a super-block; 0 where there are none.
    int superHeaderBytes() {
        return scales.superHeaderBytes;
    }

    /// Blocks of a super-block; a block that lies alone is one of one.
    int superBlocks() {
        return 1 << superShift;
    }

    int superBlockBytes() {
        return scales.superHeaderBytes + superBlocks() * blockBytes();
    }

    /// Bytes of a block before its words.
    int headerBytes() {
        return scales.headerBytes;
    }

    /// Bytes of one block of integers of 16 rows and 32 columns.
    int blockBytes() {
        return scales.headerBytes + words.count * WORD_BYTES;
    }

    /// From the start of a group to the super-block that holds this block.
    long superBlockOffsetBytes(int block) {
        return (long) (block >> superShift) * superBlockBytes();
    }

    /// From the start of a group to this block.
    long blockOffsetBytes(int block) {
        return superBlockOffsetBytes(block)
                + scales.superHeaderBytes
                + (long) (block & (superBlocks() - 1)) * blockBytes();
    }

    long groupBytes(int columns) {
        return switch (words) {
            case FLOATS -> (long) columns * WORD_BYTES;
            case HALVES -> (columns + 1L) / 2 * WORD_BYTES;
            case ONE_BIT, TWO_BITS, THREE_BITS, NIBBLES, FIVE_BITS, SIX_BITS, BYTES ->
                    (long) (columns / Activations.BLOCK / superBlocks()) * superBlockBytes();
        };
    }
}
