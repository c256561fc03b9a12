package dev.tokamak.kernels.format;

import static dev.tokamak.kernels.format.LittleEndian.half;
import static dev.tokamak.kernels.format.LittleEndian.intAt;
import static dev.tokamak.kernels.format.LittleEndian.putLong;
import static dev.tokamak.kernels.format.LittleEndian.unsignedShort;

/// Decodes the blocks of IQ types whose weights are points of a [Grid]: a number in the codebook is that of the point plus
/// one for the sign, whose place is above it. Immutable.
final class GridBlocks {

    private static final int SUPER_BLOCKS = 8;

    /// Where the sign is in a number that has two bits without it, and in one that has three.
    private static final int SIGN_OF_2_BITS = 2;

    private static final int SIGN_OF_3_BITS = 3;

    private static final long EVERY_BYTE = 0x0101010101010101L;

    private static final long[] SPREAD = spread();

    private static final long[] IQ1 = Grid.iq1();
    private static final long[] IQ2_XXS = Grid.iq2Xxs();
    private static final long[] IQ2_XS = Grid.iq2Xs();
    private static final long[] IQ2_S = Grid.iq2S();
    private static final long[] IQ3_XXS = Grid.iq3Xxs();
    private static final long[] IQ3_S = Grid.iq3S();

    private GridBlocks() {}

    private static long[] spread() {
        long[] spread = new long[256];
        for (int bits = 0; bits < spread.length; bits++) {
            for (int i = 0; i < 8; i++) {
                spread[bits] |= (bits >> i & 1L) << (8 * i);
            }
        }
        return spread;
    }

    /// Bit i of eight in byte i.
    static long spread(int bits) {
        return SPREAD[bits];
    }

    /// Seven signs, and an eighth that makes their number even.
    private static int evenSigns(int signs) {
        return signs | (Integer.bitCount(signs) & 1) << 7;
    }

    private static void iq2Point(DecodedBlock block, int weight, long point, int signs) {
        putLong(block.quants, weight, point | SPREAD[signs] << SIGN_OF_2_BITS);
    }

    private static void iq3Point(DecodedBlock block, int weight, long points, int signs) {
        putLong(block.quants, weight, points | SPREAD[signs] << SIGN_OF_3_BITS);
    }

    private static void oddSubScale(DecodedBlock block, int part, int bits) {
        block.subScales[part] = (byte) (2 * bits + 1);
    }

    static void iq2Xxs(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset);
        for (int b = 0; b < SUPER_BLOCKS; b++) {
            int at = offset + 2 + 8 * b;
            int signs = intAt(source, at + 4);
            oddSubScale(block, 2 * b, signs >>> 28);
            oddSubScale(block, 2 * b + 1, signs >>> 28);
            for (int i = 0; i < 4; i++) {
                long point = IQ2_XXS[source[at + i] & 255];
                iq2Point(block, 32 * b + 8 * i, point, evenSigns(signs >>> (7 * i) & 127));
            }
        }
    }

    static void iq2Xs(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset);
        for (int b = 0; b < SUPER_BLOCKS; b++) {
            int scales = source[offset + 66 + b];
            oddSubScale(block, 2 * b, scales & 15);
            oddSubScale(block, 2 * b + 1, scales >> 4 & 15);
            for (int i = 0; i < 4; i++) {
                int bits = unsignedShort(source, offset + 2 + 8 * b + 2 * i);
                iq2Point(block, 32 * b + 8 * i, IQ2_XS[bits & 511], evenSigns(bits >> 9));
            }
        }
    }

    static void iq2S(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset);
        for (int b = 0; b < SUPER_BLOCKS; b++) {
            int scales = source[offset + 74 + b];
            oddSubScale(block, 2 * b, scales & 15);
            oddSubScale(block, 2 * b + 1, scales >> 4 & 15);
            int upper = source[offset + 66 + b] & 255;
            for (int i = 0; i < 4; i++) {
                int low = source[offset + 2 + 4 * b + i] & 255;
                int signs = source[offset + 34 + 4 * b + i] & 255;
                long point = IQ2_S[low | (upper >> (2 * i) & 3) << 8];
                iq2Point(block, 32 * b + 8 * i, point, signs);
            }
        }
    }

    static void iq3Xxs(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset);
        for (int b = 0; b < SUPER_BLOCKS; b++) {
            int signs = intAt(source, offset + 66 + 4 * b);
            oddSubScale(block, 2 * b, signs >>> 28);
            oddSubScale(block, 2 * b + 1, signs >>> 28);
            for (int i = 0; i < 4; i++) {
                int at = offset + 2 + 8 * b + 2 * i;
                long points = IQ3_XXS[source[at] & 255] | IQ3_XXS[source[at + 1] & 255] << 32;
                iq3Point(block, 32 * b + 8 * i, points, evenSigns(signs >>> (7 * i) & 127));
            }
        }
    }

    static void iq3S(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset);
        for (int b = 0; b < SUPER_BLOCKS; b++) {
            int scale = source[offset + 106 + b / 2] >> (4 * (b % 2)) & 15;
            oddSubScale(block, 2 * b, scale);
            oddSubScale(block, 2 * b + 1, scale);
            int upper = source[offset + 66 + b];
            for (int i = 0; i < 4; i++) {
                int at = offset + 2 + 8 * b + 2 * i;
                int first = (source[at] & 255) | (upper >> (2 * i) & 1) << 8;
                int second = (source[at + 1] & 255) | (upper >> (2 * i + 1) & 1) << 8;
                int signs = source[offset + 74 + 4 * b + i] & 255;
                iq3Point(block, 32 * b + 8 * i, IQ3_S[first] | IQ3_S[second] << 32, signs);
            }
        }
    }

    private static void iq1Point(DecodedBlock block, int weight, int point, boolean minus) {
        long delta = minus ? EVERY_BYTE << SIGN_OF_2_BITS : 0;
        putLong(block.quants, weight, IQ1[point] | delta);
    }

    static void iq1S(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset);
        for (int b = 0; b < SUPER_BLOCKS; b++) {
            int upper = unsignedShort(source, offset + 34 + 2 * b);
            oddSubScale(block, 2 * b, upper >> 12 & 7);
            oddSubScale(block, 2 * b + 1, upper >> 12 & 7);
            for (int i = 0; i < 4; i++) {
                int point = (source[offset + 2 + 4 * b + i] & 255) | (upper >> (3 * i) & 7) << 8;
                iq1Point(block, 32 * b + 8 * i, point, upper >> 15 == 1);
            }
        }
    }

    /// The factor lies in the upper four bits of four words whose lower twelve are sub-scales.
    static void iq1M(byte[] source, int offset, DecodedBlock block) {
        int factor = 0;
        for (int word = 0; word < 4; word++) {
            int scales = unsignedShort(source, offset + 48 + 2 * word);
            factor |= scales >> 12 << (4 * word);
            for (int i = 0; i < 4; i++) {
                oddSubScale(block, 4 * word + i, scales >> (3 * i) & 7);
            }
        }
        block.factor = Float.float16ToFloat((short) factor);
        for (int eight = 0; eight < 4 * SUPER_BLOCKS; eight++) {
            int upper = source[offset + 32 + eight / 2] >> (4 * (eight % 2)) & 15;
            int point = (source[offset + eight] & 255) | (upper & 7) << 8;
            iq1Point(block, 8 * eight, point, upper >> 3 == 1);
        }
    }
}
