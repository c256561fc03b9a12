package dev.tokamak.kernels.quantize;

import java.util.Arrays;

/// The writer of `Q3_K`: 16 groups of 16 weights of three bits with scales of six bits, which share an fp16 factor.
/// Confined to one thread.
final class ThreeBitBlocks implements BlockWriter {

    /* Layout: 32 bytes of third bits, 64 of the lower two, 12 of scales, the factor. Bit b of third-bit byte i belongs to
     * weight 32 b + i. */

    private static final int ELEMENTS = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = ELEMENTS / GROUP;
    private static final int SCALES_OFFSET = 96;
    private static final int FACTOR_OFFSET = 108;

    private final float[] values = new float[GROUP];
    private final float[] errorWeights = new float[GROUP];
    private final float[] scales = new float[GROUPS];
    private final float[] groupWeights = new float[GROUPS];
    private final byte[] scaleLevels = new byte[GROUPS];
    private final byte[] levels = new byte[ELEMENTS];

    @Override
    public void write(SourceBlock source, byte[] output, int offset) {
        float factor = source.isWeighted() ? searchWeighted(source) : searchPlain(source);
        float stored = Rounding.writeHalf(output, offset + FACTOR_OFFSET, factor);
        writeScales(output, offset + SCALES_OFFSET);
        for (int group = 0; group < GROUPS; group++) {
            float scale = stored * (scaleLevels[group] - 32);
            if (scale == 0) {
                continue;
            }
            for (int i = 0; i < GROUP; i++) {
                int index = group * GROUP + i;
                levels[index] = (byte) (Rounding.nearest(source.value(index) / scale, -4, 3) + 4);
            }
        }
        writeLevels(output, offset);
    }

    private float searchPlain(SourceBlock source) {
        for (int group = 0; group < GROUPS; group++) {
            source.copy(group * GROUP, values, GROUP);
            scales[group] = SymmetricSearch.byExchange(values, GROUP, 4, levels, group * GROUP);
        }
        float peak = SymmetricSearch.peak(scales, GROUPS);
        if (peak == 0) {
            Arrays.fill(scaleLevels, (byte) 0);
            return 0;
        }
        float inverse = -32f / peak;
        for (int group = 0; group < GROUPS; group++) {
            byte level = (byte) Rounding.nearest(inverse * scales[group]);
            scaleLevels[group] = (byte) (Math.max(-32, Math.min(31, level)) + 32);
        }
        return 1 / inverse;
    }

    private float searchWeighted(SourceBlock source) {
        float spread = 2 * source.sumOfSquares(ELEMENTS) / ELEMENTS;
        for (int group = 0; group < GROUPS; group++) {
            int first = group * GROUP;
            source.copy(first, values, GROUP);
            source.errorWeights(first, spread, errorWeights, GROUP);
            groupWeights[group] = Sums.of(errorWeights, GROUP);
            scales[group] = SymmetricSearch.byTrial(values, GROUP, 4, errorWeights, levels, first);
        }
        return SymmetricSearch.byTrial(scales, GROUPS, 32, groupWeights, scaleLevels, 0);
    }

    /// The low four bits of scales i and i + 8 in byte i, the high two of every fourth scale together.
    private void writeScales(byte[] output, int offset) {
        for (int i = 0; i < 8; i++) {
            output[offset + i] = (byte) ((scaleLevels[i] & 15) | (scaleLevels[i + 8] & 15) << 4);
        }
        for (int i = 0; i < 4; i++) {
            output[offset + 8 + i] =
                    (byte)
                            (scaleLevels[i] >> 4
                                    | scaleLevels[i + 4] >> 4 << 2
                                    | scaleLevels[i + 8] >> 4 << 4
                                    | scaleLevels[i + 12] >> 4 << 6);
        }
    }

    private void writeLevels(byte[] output, int offset) {
        for (int i = 0; i < 32; i++) {
            int thirdBits = 0;
            for (int bit = 0; bit < 8; bit++) {
                thirdBits |= (levels[32 * bit + i] >> 2) << bit;
            }
            output[offset + i] = (byte) thirdBits;
        }
        TwoBitBlocks.packPairsOfBits(levels, output, offset + 32);
    }
}
