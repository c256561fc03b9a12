package dev.tokamak.kernels.format;

import static dev.tokamak.kernels.format.LittleEndian.half;
import static dev.tokamak.kernels.format.LittleEndian.intAt;
import static dev.tokamak.kernels.format.LittleEndian.putInt;
import static dev.tokamak.kernels.format.LittleEndian.putLong;
import static dev.tokamak.kernels.format.LittleEndian.unsignedShort;

import java.util.Arrays;

/// Decodes the blocks of types of at most four bits that need no grid: numbers in a codebook and scales. Immutable.
final class SmallBlocks {

    private static final int PAIRS = 0x03030303;
    private static final int ONES = 0x01010101;

    /// Multiplied by these, which shifts its base-3 digits up, a byte has the digit asked for at the top.
    private static final int[] POWERS_OF_3 = {1, 3, 9, 27, 81};

    private SmallBlocks() {}

    private static void oneFactor(DecodedBlock block, float factor) {
        block.factor = factor;
        Arrays.fill(block.scales, factor);
    }

    static void q1(byte[] source, int offset, DecodedBlock block) {
        oneFactor(block, half(source, offset));
        for (int i = 0; i < block.quants.length / 8; i++) {
            putLong(block.quants, 8 * i, GridBlocks.spread(source[offset + 2 + i] & 255));
        }
    }

    static void q2(byte[] source, int offset, DecodedBlock block) {
        oneFactor(block, half(source, offset));
        for (int i = 0; i < block.quants.length / 4; i++) {
            int four = source[offset + 2 + i];
            int spread = (four & 3) | (four & 12) << 6 | (four & 48) << 12 | (four & 192) << 18;
            putInt(block.quants, 4 * i, spread);
        }
    }

    static void iq4Nl(byte[] source, int offset, DecodedBlock block) {
        oneFactor(block, half(source, offset));
        nibbles(source, offset + 2, 16, block.quants, 0);
    }

    /// Eight scales of six bits: four bits in four bytes, the upper two in a word.
    static void iq4Xs(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset);
        int upper = unsignedShort(source, offset + 2);
        for (int b = 0; b < 8; b++) {
            int low = source[offset + 4 + b / 2] >> (4 * (b % 2)) & 15;
            byte scale = (byte) ((low | (upper >> (2 * b) & 3) << 4) - 32);
            block.subScales[2 * b] = scale;
            block.subScales[2 * b + 1] = scale;
            nibbles(source, offset + 8 + 16 * b, 16, block.quants, 32 * b);
        }
    }

    /// Low nibbles of these bytes first, then the high ones.
    private static void nibbles(byte[] source, int offset, int bytes, byte[] quants, int first) {
        for (int i = 0; i < bytes; i += 4) {
            int pairs = intAt(source, offset + i);
            putInt(quants, first + i, pairs & 0x0f0f0f0f);
            putInt(quants, first + bytes + i, pairs >>> 4 & 0x0f0f0f0f);
        }
    }

    /// The scale is a power of two, half of which goes with the doubled numbers.
    static void mxfp4(byte[] source, int offset, DecodedBlock block) {
        int exponent = source[offset] & 255;
        int bits = exponent < 2 ? 0x00200000 << exponent : (exponent - 1) << 23;
        oneFactor(block, Float.intBitsToFloat(bits));
        nibbles(source, offset + 1, 16, block.quants, 0);
    }

    static void nvfp4(byte[] source, int offset, DecodedBlock block) {
        for (int part = 0; part < block.parts(); part++) {
            block.scales[part] = halfOfScale(source[offset + part] & 255);
            nibbles(source, offset + 4 + 8 * part, 8, block.quants, 16 * part);
        }
    }

    /// Half of a float without a sign, of four exponent bits and three mantissa bits; ggml takes a NaN for zero and passes over
    /// the bit where the sign would be.
    private static float halfOfScale(int bits) {
        int exponent = bits >> 3 & 15;
        int mantissa = bits & 7;
        if (bits == 0x7f) {
            return 0f;
        }
        return exponent == 0
                ? mantissa * 0x1p-10f
                : (8 + mantissa) * Float.intBitsToFloat((exponent - 11 + 127) << 23);
    }

    /// Bits 2b and 2b+1 of each of 32 bytes belong to block b of four.
    private static void pairs(byte[] source, int offset, byte[] quants, int first) {
        for (int i = 0; i < 32; i += 4) {
            int four = intAt(source, offset + i);
            for (int b = 0; b < 4; b++) {
                putInt(quants, first + 32 * b + i, four >>> (2 * b) & PAIRS);
            }
        }
    }

    static void tq2(byte[] source, int offset, DecodedBlock block) {
        oneFactor(block, half(source, offset + 64));
        pairs(source, offset, block.quants, 0);
        pairs(source, offset + 32, block.quants, 128);
    }

    /// Five weights in most bytes and four in the last four, as digits of a fraction to the base 3.
    static void tq1(byte[] source, int offset, DecodedBlock block) {
        oneFactor(block, half(source, offset + 52));
        digits(source, offset, 32, 5, block.quants, 0);
        digits(source, offset + 32, 16, 5, block.quants, 160);
        digits(source, offset + 48, 4, 4, block.quants, 240);
    }

    private static void digits(
            byte[] source, int offset, int bytes, int digits, byte[] quants, int first) {
        for (int digit = 0; digit < digits; digit++) {
            for (int i = 0; i < bytes; i++) {
                int shifted = source[offset + i] * POWERS_OF_3[digit] & 255;
                quants[first + digit * bytes + i] = (byte) ((shifted * 3) >> 8);
            }
        }
    }

    /// A scale in the lower four bits of a byte, a minimum in the upper four.
    static void q2K(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset + 80);
        block.minimumFactor = half(source, offset + 82);
        for (int part = 0; part < block.parts(); part++) {
            byte scales = source[offset + part];
            block.subScales[part] = scales;
            block.scales[part] = block.factor * (scales & 15);
            block.minimums[part] = -(block.minimumFactor * (scales >> 4 & 15));
        }
        pairs(source, offset + 16, block.quants, 0);
        pairs(source, offset + 48, block.quants, 128);
    }

    /// Sixteen scales of six bits: four bits in eight bytes, the upper two in four.
    static void q3K(byte[] source, int offset, DecodedBlock block) {
        block.factor = half(source, offset + 108);
        for (int part = 0; part < block.parts(); part++) {
            int low = source[offset + 96 + part % 8] >> (4 * (part / 8)) & 15;
            int high = source[offset + 104 + part % 4] >> (2 * (part / 4)) & 3;
            block.subScales[part] = (byte) ((low | high << 4) - 32);
        }
        pairs(source, offset + 32, block.quants, 0);
        pairs(source, offset + 64, block.quants, 128);
        for (int i = 0; i < 32; i += 4) {
            int third = intAt(source, offset + i);
            for (int b = 0; b < 8; b++) {
                int at = 32 * b + i;
                int number = intAt(block.quants, at) | (third >>> b & ONES) << 2;
                putInt(block.quants, at, number);
            }
        }
    }
}
