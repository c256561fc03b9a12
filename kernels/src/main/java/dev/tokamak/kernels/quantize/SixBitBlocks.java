package dev.tokamak.kernels.quantize;

import java.util.Arrays;

/// The writer of `Q6_K`: 16 groups of 16 weights of six bits with scales of eight bits, which share an fp16 factor.
/// Confined to one thread.
final class SixBitBlocks implements BlockWriter {

    /* Layout: 128 bytes of low bits, 64 of high bits, 16 scales, the factor; each half of the block in two parts of 64
     * weights that share bytes of low bits, and four of 32 that share bytes of high bits. */

    private static final int ELEMENTS = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = ELEMENTS / GROUP;
    private static final int HIGH_BITS_OFFSET = 128;
    private static final int SCALES_OFFSET = 192;
    private static final int FACTOR_OFFSET = 208;
    private static final int BLOCK_BYTES = 210;

    private final float[] values = new float[GROUP];
    private final float[] errorWeights = new float[GROUP];
    private final float[] scales = new float[GROUPS];
    private final byte[] levels = new byte[ELEMENTS];

    @Override
    public void write(SourceBlock source, byte[] output, int offset) {
        for (int group = 0; group < GROUPS; group++) {
            int first = group * GROUP;
            source.copy(first, values, GROUP);
            for (int i = 0; i < GROUP; i++) {
                errorWeights[i] =
                        source.isWeighted() ? source.importance(first + i) : values[i] * values[i];
            }
            scales[group] = SymmetricSearch.byTrial(values, GROUP, 32, errorWeights, levels, first);
        }
        float peak = SymmetricSearch.peak(scales, GROUPS);
        if (Math.abs(peak) < Rounding.SMALLEST_MAGNITUDE) {
            Arrays.fill(output, offset, offset + BLOCK_BYTES, (byte) 0);
            return;
        }
        float inverse = -128f / peak;
        float factor = Rounding.writeHalf(output, offset + FACTOR_OFFSET, 1 / inverse);
        for (int group = 0; group < GROUPS; group++) {
            byte level = (byte) Math.min(127, Rounding.nearest(inverse * scales[group]));
            output[offset + SCALES_OFFSET + group] = level;
            place(source, group * GROUP, factor * level);
        }
        writeLevels(output, offset);
    }

    private void place(SourceBlock source, int first, float scale) {
        if (scale == 0) {
            return;
        }
        for (int i = first; i < first + GROUP; i++) {
            levels[i] = (byte) (Rounding.nearest(source.value(i) / scale, -32, 31) + 32);
        }
    }

    private void writeLevels(byte[] output, int offset) {
        for (int half = 0; half < 2; half++) {
            int first = half * 128;
            int low = offset + half * 64;
            int high = offset + HIGH_BITS_OFFSET + half * 32;
            for (int i = 0; i < 32; i++) {
                int a = levels[first + i];
                int b = levels[first + i + 32];
                int c = levels[first + i + 64];
                int d = levels[first + i + 96];
                output[low + i] = (byte) ((a & 15) | (c & 15) << 4);
                output[low + 32 + i] = (byte) ((b & 15) | (d & 15) << 4);
                output[high + i] = (byte) (a >> 4 | b >> 4 << 2 | c >> 4 << 4 | d >> 4 << 6);
            }
        }
    }
}
