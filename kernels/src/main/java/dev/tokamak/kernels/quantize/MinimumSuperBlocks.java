package dev.tokamak.kernels.quantize;

/// A writer of `Q4_K` or `Q5_K`: eight groups of 32 weights with scales and minimums of six bits, which share two fp16
/// factors. Confined to one thread.
final class MinimumSuperBlocks implements BlockWriter {

    /* Layout: the factors, 12 bytes of scales and minimums, for Q5_K 32 bytes of fifth bits, then weights 64 p + i and
     * 64 p + 32 + i in byte 32 p + i. */

    private static final int ELEMENTS = 256;
    private static final int GROUP = 32;
    private static final int GROUPS = ELEMENTS / GROUP;
    private static final int SCALE_LIMIT = 63;

    private final boolean hasFifthBit;
    private final int limit;
    private final MinimumSearch plain;
    private final MinimumSearch weighted;
    private final float[] values = new float[GROUP];
    private final float[] errorWeights = new float[GROUP];
    private final float[] scales = new float[GROUPS];
    private final float[] minimums = new float[GROUPS];
    private final float[] groupWeights = new float[GROUPS];
    private final byte[] scaleLevels = new byte[GROUPS];
    private final byte[] minimumLevels = new byte[GROUPS];
    private final byte[] levels = new byte[ELEMENTS];

    MinimumSuperBlocks(int bits) {
        hasFifthBit = bits == 5;
        limit = (1 << bits) - 1;
        plain =
                hasFifthBit
                        ? new MinimumSearch(limit, -0.5f, 0.1f, 15, false)
                        : new MinimumSearch(limit, -1, 0.1f, 20, false);
        weighted = new MinimumSearch(limit, -0.9f, 0.05f, 36, false);
    }

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
        float storedScale = Rounding.writeHalf(output, offset, scaleFactor);
        float storedMinimum = Rounding.writeHalf(output, offset + Short.BYTES, minimumFactor);
        for (int group = 0; group < GROUPS; group++) {
            float scale = storedScale * scaleLevels[group];
            float minimum = storedMinimum * minimumLevels[group];
            if (scale != 0) {
                Scales.place(source, group * GROUP, GROUP, scale, minimum, limit, levels);
            }
        }
        writeScales(output, offset + 4);
        writeLevels(output, offset + 16);
    }

    private void searchPlain(SourceBlock source) {
        for (int group = 0; group < GROUPS; group++) {
            source.copy(group * GROUP, values, GROUP);
            float squares = 0;
            for (float value : values) {
                squares += value * value;
            }
            float typical = (float) Math.sqrt(squares / GROUP);
            for (int i = 0; i < GROUP; i++) {
                errorWeights[i] = typical + Math.abs(values[i]);
            }
            scales[group] = plain.search(values, GROUP, errorWeights, levels, group * GROUP);
            minimums[group] = plain.minimum();
        }
    }

    private void searchWeighted(SourceBlock source) {
        float spread = 2 * source.sumOfSquares(ELEMENTS) / ELEMENTS;
        for (int group = 0; group < GROUPS; group++) {
            int first = group * GROUP;
            source.copy(first, values, GROUP);
            source.errorWeights(first, spread, errorWeights, GROUP);
            groupWeights[group] = Sums.of(errorWeights, GROUP);
            scales[group] = weighted.search(values, GROUP, errorWeights, levels, first);
            minimums[group] = weighted.minimum();
        }
    }

    /// The first four scales and minimums whole, the others as four low bits together and two high bits beside those.
    private void writeScales(byte[] output, int offset) {
        for (int i = 0; i < 4; i++) {
            output[offset + i] = (byte) (scaleLevels[i] | scaleLevels[i + 4] >> 4 << 6);
            output[offset + 4 + i] = (byte) (minimumLevels[i] | minimumLevels[i + 4] >> 4 << 6);
            output[offset + 8 + i] =
                    (byte) ((scaleLevels[i + 4] & 15) | (minimumLevels[i + 4] & 15) << 4);
        }
    }

    private void writeLevels(byte[] output, int offset) {
        int position = offset;
        if (hasFifthBit) {
            for (int i = 0; i < GROUP; i++) {
                int bits = 0;
                for (int group = 0; group < GROUPS; group++) {
                    bits |= levels[group * GROUP + i] >> 4 << group;
                }
                output[position + i] = (byte) bits;
            }
            position += GROUP;
        }
        for (int part = 0; part < 4; part++) {
            for (int i = 0; i < GROUP; i++) {
                int low = levels[part * 64 + i] & 15;
                int high = levels[part * 64 + 32 + i] & 15;
                output[position + part * 32 + i] = (byte) (low | high << 4);
            }
        }
    }
}
