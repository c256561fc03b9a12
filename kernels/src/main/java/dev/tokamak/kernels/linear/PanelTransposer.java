package dev.tokamak.kernels.linear;

/// Brings the blocks of 16 file rows into the order of [PanelLayout]. Immutable.
final class PanelTransposer {

    /* Legend: `at` is where a block starts in the first of the rows, `to` where its packed form starts. Loops over lanes
     * are innermost and packed words are written in ascending order where the format allows. */

    private static final int ROWS = PackedWeights.GROUP_ROWS;

    /// Ints of one fp16 number for each row.
    private static final int HALVES = PanelLayout.HALF_BYTES / Integer.BYTES;

    private static final int LOW_NIBBLES = 0x0f0f0f0f;
    private static final int HIGH_NIBBLES = 0xf0f0f0f0;

    /// Makes signed bytes unsigned ones with a bias of 128.
    private static final int BYTE_BIAS = 0x80808080;

    private PanelTransposer() {}

    /// Writes `units` blocks of the file, or words of floats, of each row.
    ///
    /// @param rows row r starts at `r * stride`
    static void transpose(PanelLayout layout, short[] rows, int stride, int units, int[] panels) {
        switch (layout) {
            case Q4_0, IQ4_NL -> fourBits(rows, stride, units, 1, panels);
            case Q4_1 -> fourBits(rows, stride, units, 2, panels);
            case Q5_0 -> fiveBits(rows, stride, units, 1, panels);
            case Q5_1 -> fiveBits(rows, stride, units, 2, panels);
            case Q8_0 -> eightBits(rows, stride, units, panels);
            case Q4_K -> fourBitsOfSuperBlocks(rows, stride, units, panels);
            case Q5_K -> fiveBitsOfSuperBlocks(rows, stride, units, panels);
            case Q6_K -> sixBitsOfSuperBlocks(rows, stride, units, panels);
            case F32, F16, BF16 -> words(rows, stride, 0, units, 0, panels, 0);
            case Q2_K,
                    Q3_K,
                    IQ1_S,
                    IQ1_M,
                    IQ2_XXS,
                    IQ2_XS,
                    IQ2_S,
                    IQ3_XXS,
                    IQ3_S,
                    IQ4_XS,
                    TQ1_0,
                    TQ2_0,
                    MXFP4,
                    NVFP4,
                    Q1_0,
                    Q2_0 ->
                    throw new AssertionError(layout);
        }
    }

    private static int word(short[] rows, int at) {
        return (rows[at] & 0xffff) | rows[at + 1] << 16;
    }

    /// Writes words that follow each other in the file, with these bits flipped.
    private static void words(
            short[] rows, int stride, int at, int words, int flip, int[] panels, int to) {
        for (int word = 0; word < words; word++) {
            int from = at + 2 * word;
            int first = to + word * ROWS;
            for (int lane = 0; lane < ROWS; lane++) {
                panels[first + lane] = word(rows, from + lane * stride) ^ flip;
            }
        }
    }

    private static void halves(short[] rows, int stride, int at, int halves, int[] panels, int to) {
        for (int half = 0; half < halves; half++) {
            for (int i = 0; i < HALVES; i++) {
                int from = at + half + 2 * i * stride;
                panels[to + half * HALVES + i] = (rows[from] & 0xffff) | rows[from + stride] << 16;
            }
        }
    }

    private static void fourBits(short[] rows, int stride, int blocks, int halves, int[] panels) {
        int blockShorts = halves + 8;
        int blockInts = halves * HALVES + 4 * ROWS;
        for (int block = 0; block < blocks; block++) {
            int at = block * blockShorts;
            int to = block * blockInts;
            halves(rows, stride, at, halves, panels, to);
            words(rows, stride, at + halves, 4, 0, panels, to + halves * HALVES);
        }
    }

    private static void fiveBits(short[] rows, int stride, int blocks, int halves, int[] panels) {
        int blockShorts = halves + 10;
        int blockInts = halves * HALVES + 5 * ROWS;
        for (int block = 0; block < blocks; block++) {
            int at = block * blockShorts;
            int to = block * blockInts;
            halves(rows, stride, at, halves, panels, to);
            words(rows, stride, at + halves + 2, 4, 0, panels, to + halves * HALVES);
            int fifth = to + halves * HALVES + 4 * ROWS;
            for (int lane = 0; lane < ROWS; lane++) {
                panels[fifth + lane] = fifthBits(word(rows, at + halves + lane * stride));
            }
        }
    }

    /// Moves bit `4s + i`, which belongs to that column, to bit s of byte i, by four exchanges of bits that lie a fixed
    /// distance apart.
    static int fifthBits(int columns) {
        int x = columns;
        int swap = (x >>> 14 ^ x) & 0x0000cccc;
        x ^= swap ^ swap << 14;
        swap = (x >>> 7 ^ x) & 0x00aa00aa;
        x ^= swap ^ swap << 7;
        swap = (x >>> 2 ^ x) & 0x0c0c0c0c;
        x ^= swap ^ swap << 2;
        swap = (x >>> 1 ^ x) & 0x22222222;
        return x ^ swap ^ swap << 1;
    }

    private static void eightBits(short[] rows, int stride, int blocks, int[] panels) {
        int blockInts = HALVES + 8 * ROWS;
        for (int block = 0; block < blocks; block++) {
            int at = block * 17;
            int to = block * blockInts;
            halves(rows, stride, at, 1, panels, to);
            words(rows, stride, at + 1, 8, BYTE_BIAS, panels, to + HALVES);
        }
    }

    private static void fourBitsOfSuperBlocks(
            short[] rows, int stride, int superBlocks, int[] panels) {
        int blockInts = PanelLayout.Q4_K.blockBytes() / Integer.BYTES;
        int superInts = PanelLayout.Q4_K.superBlockBytes() / Integer.BYTES;
        for (int i = 0; i < superBlocks; i++) {
            int at = i * 72;
            int to = i * superInts;
            halves(rows, stride, at, 2, panels, to);
            int blocks = to + 2 * HALVES;
            sixBitScales(rows, stride, at + 2, panels, blocks, blockInts);
            nibblePairs(rows, stride, at + 8, panels, blocks + HALVES, blockInts);
        }
    }

    private static void fiveBitsOfSuperBlocks(
            short[] rows, int stride, int superBlocks, int[] panels) {
        int blockInts = PanelLayout.Q5_K.blockBytes() / Integer.BYTES;
        int superInts = PanelLayout.Q5_K.superBlockBytes() / Integer.BYTES;
        for (int i = 0; i < superBlocks; i++) {
            int at = i * 88;
            int to = i * superInts;
            halves(rows, stride, at, 2, panels, to);
            int blocks = to + 2 * HALVES;
            sixBitScales(rows, stride, at + 2, panels, blocks, blockInts);
            nibblePairs(rows, stride, at + 24, panels, blocks + HALVES, blockInts);
            fifthBits(rows, stride, at + 8, panels, blocks + HALVES + 4 * ROWS, blockInts);
        }
    }

    /// Eight sub-scales and sub-minimums of six bits each in three words, which become a byte for each block and row.
    private static void sixBitScales(
            short[] rows, int stride, int at, int[] panels, int to, int blockInts) {
        for (int quad = 0; quad < ROWS / 4; quad++) {
            int row0 = at + 4 * quad * stride;
            int row1 = row0 + stride;
            int row2 = row1 + stride;
            int row3 = row2 + stride;
            int first = to + quad;
            int later = first + 4 * blockInts;
            transposeBytes(
                    word(rows, row0) & 0x3f3f3f3f,
                    word(rows, row1) & 0x3f3f3f3f,
                    word(rows, row2) & 0x3f3f3f3f,
                    word(rows, row3) & 0x3f3f3f3f,
                    panels,
                    first,
                    blockInts,
                    2 * blockInts);
            transposeBytes(
                    word(rows, row0 + 2) & 0x3f3f3f3f,
                    word(rows, row1 + 2) & 0x3f3f3f3f,
                    word(rows, row2 + 2) & 0x3f3f3f3f,
                    word(rows, row3 + 2) & 0x3f3f3f3f,
                    panels,
                    first + ROWS / 4,
                    blockInts,
                    2 * blockInts);
            transposeBytes(
                    laterScales(rows, row0),
                    laterScales(rows, row1),
                    laterScales(rows, row2),
                    laterScales(rows, row3),
                    panels,
                    later,
                    blockInts,
                    2 * blockInts);
            transposeBytes(
                    laterMinimums(rows, row0),
                    laterMinimums(rows, row1),
                    laterMinimums(rows, row2),
                    laterMinimums(rows, row3),
                    panels,
                    later + ROWS / 4,
                    blockInts,
                    2 * blockInts);
        }
    }

    /// The sub-scales of blocks 4 to 7: four bits in the third word, the upper two in the first.
    private static int laterScales(short[] rows, int at) {
        return (word(rows, at + 4) & LOW_NIBBLES) | (word(rows, at) >>> 2 & 0x30303030);
    }

    private static int laterMinimums(short[] rows, int at) {
        return (word(rows, at + 4) >>> 4 & LOW_NIBBLES) | (word(rows, at + 2) >>> 2 & 0x30303030);
    }

    /// Writes byte 0 of four words to `to`, byte 1 to `to + near`, byte 2 to `to + far` and byte 3 to `to + near + far`.
    private static void transposeBytes(
            int a, int b, int c, int d, int[] panels, int to, int near, int far) {
        int evenLow = (a & 0x00ff00ff) | (b & 0x00ff00ff) << 8;
        int evenHigh = (c & 0x00ff00ff) | (d & 0x00ff00ff) << 8;
        int oddLow = (a >>> 8 & 0x00ff00ff) | (b & 0xff00ff00);
        int oddHigh = (c >>> 8 & 0x00ff00ff) | (d & 0xff00ff00);
        panels[to] = (evenLow & 0xffff) | evenHigh << 16;
        panels[to + near] = (oddLow & 0xffff) | oddHigh << 16;
        panels[to + far] = evenLow >>> 16 | (evenHigh & 0xffff0000);
        panels[to + near + far] = oddLow >>> 16 | (oddHigh & 0xffff0000);
    }

    /// Each 32 bytes of the file hold a block in their low nibbles and the next one in their high nibbles.
    private static void nibblePairs(
            short[] rows, int stride, int at, int[] panels, int to, int blockInts) {
        for (int pair = 0; pair < 4; pair++) {
            for (int word = 0; word < 4; word++) {
                int from = at + pair * 16 + 2 * word;
                int even = to + 2 * pair * blockInts + word * ROWS;
                int odd = even + blockInts;
                for (int lane = 0; lane < ROWS; lane++) {
                    int first = word(rows, from + lane * stride);
                    int second = word(rows, from + 8 + lane * stride);
                    panels[even + lane] = (first & LOW_NIBBLES) | (second & LOW_NIBBLES) << 4;
                    panels[odd + lane] = (first >>> 4 & LOW_NIBBLES) | (second & HIGH_NIBBLES);
                }
            }
        }
    }

    /// Bit b of byte i of the file's 32 bytes belongs to column i of block b.
    private static void fifthBits(
            short[] rows, int stride, int at, int[] panels, int to, int blockInts) {
        int ones = 0x01010101;
        for (int lane = 0; lane < ROWS; lane++) {
            int from = at + lane * stride;
            int word0 = word(rows, from);
            int word1 = word(rows, from + 2);
            int word2 = word(rows, from + 4);
            int word3 = word(rows, from + 6);
            int word4 = word(rows, from + 8);
            int word5 = word(rows, from + 10);
            int word6 = word(rows, from + 12);
            int word7 = word(rows, from + 14);
            for (int block = 0; block < 8; block++) {
                panels[to + block * blockInts + lane] =
                        (word0 >>> block & ones)
                                | (word1 >>> block & ones) << 1
                                | (word2 >>> block & ones) << 2
                                | (word3 >>> block & ones) << 3
                                | (word4 >>> block & ones) << 4
                                | (word5 >>> block & ones) << 5
                                | (word6 >>> block & ones) << 6
                                | (word7 >>> block & ones) << 7;
            }
        }
    }

    private static void sixBitsOfSuperBlocks(
            short[] rows, int stride, int superBlocks, int[] panels) {
        int blockInts = PanelLayout.Q6_K.blockBytes() / Integer.BYTES;
        int superInts = PanelLayout.Q6_K.superBlockBytes() / Integer.BYTES;
        for (int i = 0; i < superBlocks; i++) {
            int at = i * 105;
            int to = i * superInts;
            halves(rows, stride, at + 104, 1, panels, to);
            int blocks = to + HALVES;
            byteScales(rows, stride, at + 96, panels, blocks, blockInts);
            for (int part = 0; part < 2; part++) {
                int words = blocks + 4 * part * blockInts + HALVES;
                nibbleQuads(rows, stride, at + 32 * part, panels, words, blockInts);
                int upper = words + 4 * ROWS;
                upperBits(rows, stride, at + 64 + 16 * part, panels, upper, blockInts);
            }
        }
    }

    /// Sixteen signed sub-scales, two for each block.
    private static void byteScales(
            short[] rows, int stride, int at, int[] panels, int to, int blockInts) {
        for (int quad = 0; quad < ROWS / 4; quad++) {
            for (int pair = 0; pair < 4; pair++) {
                int from = at + 2 * pair + 4 * quad * stride;
                transposeBytes(
                        word(rows, from),
                        word(rows, from + stride),
                        word(rows, from + 2 * stride),
                        word(rows, from + 3 * stride),
                        panels,
                        to + 2 * pair * blockInts + quad,
                        ROWS / 4,
                        blockInts);
            }
        }
    }

    /// 64 bytes of the file hold blocks 0 and 1 in their low nibbles, 2 and 3 in their high ones.
    private static void nibbleQuads(
            short[] rows, int stride, int at, int[] panels, int to, int blockInts) {
        for (int pair = 0; pair < 2; pair++) {
            for (int word = 0; word < 4; word++) {
                int from = at + pair * 16 + 2 * word;
                int low = to + pair * blockInts + word * ROWS;
                int high = low + 2 * blockInts;
                for (int lane = 0; lane < ROWS; lane++) {
                    int first = word(rows, from + lane * stride);
                    int second = word(rows, from + 8 + lane * stride);
                    panels[low + lane] = (first & LOW_NIBBLES) | (second & LOW_NIBBLES) << 4;
                    panels[high + lane] = (first >>> 4 & LOW_NIBBLES) | (second & HIGH_NIBBLES);
                }
            }
        }
    }

    /// Bits 2b and 2b+1 of byte i of the file's 32 bytes belong to column i of block b of four.
    private static void upperBits(
            short[] rows, int stride, int at, int[] panels, int to, int blockInts) {
        int pairs = 0x03030303;
        for (int half = 0; half < 2; half++) {
            int first = to + half * ROWS;
            for (int lane = 0; lane < ROWS; lane++) {
                int from = at + 8 * half + lane * stride;
                int word0 = word(rows, from);
                int word1 = word(rows, from + 2);
                int word2 = word(rows, from + 4);
                int word3 = word(rows, from + 6);
                for (int block = 0; block < 4; block++) {
                    int shift = 2 * block;
                    panels[first + block * blockInts + lane] =
                            (word0 >>> shift & pairs)
                                    | (word1 >>> shift & pairs) << 2
                                    | (word2 >>> shift & pairs) << 4
                                    | (word3 >>> shift & pairs) << 6;
                }
            }
        }
    }
}
