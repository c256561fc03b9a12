package dev.tokamak.kernels.quantize;

/// The writer of `Q2_K`: 16 groups of 16 weights of two bits with scales and minimums of four bits, which share two fp16
/// factors. Confined to one thread.
final class TwoBitBlocks implements BlockWriter {

    /* Layout: 16 bytes of a scale and a minimum each, 64 bytes of weights, the factors of scales and minimums. */

    private static final int ELEMENTS = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = ELEMENTS / GROUP;
    private static final int LEVELS_OFFSET = 16;
    private static final int FACTORS_OFFSET = 80;
    private static final int SCALE_LIMIT = 15;

    private final MinimumSearch plain = new MinimumSearch(3, -0.5f, 0.1f, 15, true);
    private final MinimumSearch weighted = new MinimumSearch(3, -0.9f, 0.05f, 36, false);
    private final float[] values = new float[GROUP];
    private final float[] errorWeights = new float[GROUP];
    private final float[] scales = new float[GROUPS];
    private final float[] minimums = new float[GROUPS];
    private final float[] groupWeights = new float[GROUPS];
    private final byte[] scaleLevels = new byte[GROUPS];
    private final byte[] minimumLevels = new byte[GROUPS];
    private final byte[] levels = new byte[ELEMENTS];

    @Override
    public void write(SourceBlock source, byte[] output, int offset) {
        float scaleFactor;
        float minimumFactor;
        if (source.isWeighted()) {
            searchWeighted(source);
            scaleFactor =
                    PositiveSearch.search(scales, GROUPS, SCALE_LIMIT, groupWeights, scaleLevels);
            minimumFactor =
                    PositiveSearch.search(
                            minimums, GROUPS, SCALE_LIMIT, groupWeights, minimumLevels);
        } else {
            searchPlain(source);
            scaleFactor = Scales.quantize(scales, GROUPS, SCALE_LIMIT, scaleLevels);
            minimumFactor = Scales.quantize(minimums, GROUPS, SCALE_LIMIT, minimumLevels);
        }
        float storedScale = Rounding.writeHalf(output, offset + FACTORS_OFFSET, scaleFactor);
        float storedMinimum =
                Rounding.writeHalf(output, offset + FACTORS_OFFSET + Short.BYTES, minimumFactor);
        for (int group = 0; group < GROUPS; group++) {
            output[offset + group] = (byte) (scaleLevels[group] | minimumLevels[group] << 4);
            float scale = storedScale * scaleLevels[group];
            float minimum = storedMinimum * minimumLevels[group];
            if (scale != 0) {
                Scales.place(source, group * GROUP, GROUP, scale, minimum, 3, levels);
            }
        }
        packPairsOfBits(levels, output, offset + LEVELS_OFFSET);
    }

    private void searchPlain(SourceBlock source) {
        for (int group = 0; group < GROUPS; group++) {
            source.copy(group * GROUP, values, GROUP);
            for (int i = 0; i < GROUP; i++) {
                errorWeights[i] = Math.abs(values[i]);
            }
            scales[group] = plain.search(values, GROUP, errorWeights, levels, group * GROUP);
            minimums[group] = plain.minimum();
        }
    }

    private void searchWeighted(SourceBlock source) {
        float spread = source.sumOfSquares(ELEMENTS) / ELEMENTS;
        for (int group = 0; group < GROUPS; group++) {
            int first = group * GROUP;
            source.copy(first, values, GROUP);
            source.errorWeights(first, spread, errorWeights, GROUP);
            groupWeights[group] = Sums.of(errorWeights, GROUP);
            scales[group] = weighted.search(values, GROUP, errorWeights, levels, first);
            minimums[group] = weighted.minimum();
        }
    }

    /// Packs the lower two bits of four times 32 weights into 32 bytes, twice.
    static void packPairsOfBits(byte[] levels, byte[] output, int offset) {
        for (int half = 0; half < 2; half++) {
            int first = half * 128;
            for (int i = 0; i < 32; i++) {
                output[offset + half * 32 + i] =
                        (byte)
                                ((levels[first + i] & 3)
                                        | (levels[first + i + 32] & 3) << 2
                                        | (levels[first + i + 64] & 3) << 4
                                        | (levels[first + i + 96] & 3) << 6);
            }
        }
    }
}
