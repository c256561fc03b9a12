package dev.tokamak.kernels.quantize;

/// A writer of `Q4_0`, `Q4_1`, `Q5_0` or `Q5_1`: 32 weights with an fp16 scale, with or without an fp16 minimum. Confined
/// to one thread.
final class SmallBlocks implements BlockWriter {

    /* Without importance the scale comes from the largest magnitude or from the range alone, with it from a search. Layout:
     * scale, minimum if any, the fifth bits of all weights if any, then weights i and i + 16 in byte i. */

    private static final int ELEMENTS = 32;
    private static final int HALF = ELEMENTS / 2;

    private final boolean hasMinimum;
    private final boolean hasFifthBit;
    private final int levelCount;
    private final MinimumSearch search;
    private final float[] values = new float[ELEMENTS];
    private final float[] errorWeights = new float[ELEMENTS];
    private final byte[] levels = new byte[ELEMENTS];

    SmallBlocks(int bits, boolean hasMinimum) {
        this.hasMinimum = hasMinimum;
        this.hasFifthBit = bits == 5;
        this.levelCount = 1 << bits;
        this.search = new MinimumSearch(levelCount - 1, -0.9f, 0.05f, 36, false);
    }

    @Override
    public void write(SourceBlock source, byte[] output, int offset) {
        source.copy(0, values, ELEMENTS);
        if (source.isWeighted()) {
            source.errorWeights(0, source.rowMeanSquare(), errorWeights, ELEMENTS);
        }
        int position;
        if (hasMinimum) {
            position = writeScaleAndMinimum(source.isWeighted(), output, offset);
        } else {
            position = writeScale(source.isWeighted(), output, offset);
        }
        if (hasFifthBit) {
            position = writeFifthBits(output, position);
        }
        for (int i = 0; i < HALF; i++) {
            output[position + i] = (byte) ((levels[i] & 15) | (levels[i + HALF] & 15) << 4);
        }
    }

    private int writeScale(boolean weighted, byte[] output, int offset) {
        if (weighted) {
            float scale =
                    SymmetricSearch.byTrial(
                            values, ELEMENTS, levelCount / 2, errorWeights, levels, 0);
            Rounding.writeHalf(output, offset, scale);
            return offset + Short.BYTES;
        }
        int middle = levelCount / 2;
        float scale = SymmetricSearch.peak(values, ELEMENTS) / -middle;
        float inverse = scale != 0 ? 1 / scale : 0;
        Rounding.writeHalf(output, offset, scale);
        place(inverse, 0, middle + 0.5f);
        return offset + Short.BYTES;
    }

    private int writeScaleAndMinimum(boolean weighted, byte[] output, int offset) {
        if (weighted) {
            float scale = search.search(values, ELEMENTS, errorWeights, levels, 0);
            Rounding.writeHalf(output, offset, scale);
            Rounding.writeHalf(output, offset + Short.BYTES, -search.minimum());
            return offset + 2 * Short.BYTES;
        }
        float low = Float.MAX_VALUE;
        float high = -Float.MAX_VALUE;
        for (float value : values) {
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        float scale = (high - low) / (levelCount - 1);
        float inverse = scale != 0 ? 1 / scale : 0;
        Rounding.writeHalf(output, offset, scale);
        Rounding.writeHalf(output, offset + Short.BYTES, low);
        place(inverse, low, 0.5f);
        return offset + 2 * Short.BYTES;
    }

    private void place(float inverse, float low, float bias) {
        for (int i = 0; i < ELEMENTS; i++) {
            int level = (byte) Rounding.truncated((values[i] - low) * inverse + bias);
            levels[i] = (byte) Math.min(levelCount - 1, level);
        }
    }

    private int writeFifthBits(byte[] output, int position) {
        for (int part = 0; part < 4; part++) {
            int bits = 0;
            for (int i = 0; i < 8; i++) {
                bits |= (levels[part * 8 + i] >> 4 & 1) << i;
            }
            output[position + part] = (byte) bits;
        }
        return position + 4;
    }
}
