package dev.tokamak.kernels.quantize;

/// A writer of `IQ4_NL` or `IQ4_XS`: weights as indices into 16 unevenly spaced values, with a scale for 32 of them. In
/// `IQ4_XS` eight such groups share an fp16 factor. Confined to one thread.
final class NonLinearBlocks implements BlockWriter {

    private static final byte[] STEPS = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    /// How many of the values are not above each whole number, from the smallest value on.
    private static final byte[] STEPS_BELOW = stepsBelow();

    private static final int GROUP = 32;
    private static final int TRIALS = 7;

    private final int groups;
    private final float[] values = new float[GROUP];
    private final float[] errorWeights = new float[GROUP];
    private final float[] scales;
    private final byte[] levels = new byte[GROUP];

    /// A writer of blocks of this many groups: 1 or 8.
    NonLinearBlocks(int groups) {
        this.groups = groups;
        this.scales = new float[groups];
    }

    @Override
    public void write(SourceBlock source, byte[] output, int offset) {
        float spread = 2f / (groups * GROUP) * source.sumOfSquares(groups * GROUP);
        for (int group = 0; group < groups; group++) {
            source.copy(group * GROUP, values, GROUP);
            weighErrors(source, group * GROUP, spread);
            scales[group] = search();
        }
        if (groups == 1) {
            Rounding.writeHalf(output, offset, scales[0]);
            place(scales[0] != 0 ? 1 / scales[0] : 0);
            pack(output, offset + Short.BYTES);
            return;
        }
        writeSuperBlock(source, output, offset);
    }

    private void weighErrors(SourceBlock source, int from, float spread) {
        if (source.isWeighted()) {
            source.errorWeights(from, spread, errorWeights, GROUP);
            return;
        }
        for (int i = 0; i < GROUP; i++) {
            errorWeights[i] = values[i] * values[i];
        }
    }

    private float search() {
        float peak = SymmetricSearch.peak(values, GROUP);
        if (Math.abs(peak) < Rounding.SMALLEST_MAGNITUDE) {
            return 0;
        }
        float scale = 0;
        float best = 0;
        for (int trial = -TRIALS - 1; trial <= TRIALS; trial++) {
            float inverse = trial < -TRIALS ? 1 / (-peak / STEPS[0]) : (trial + STEPS[0]) / peak;
            float products = 0;
            float squares = 0;
            for (int i = 0; i < GROUP; i++) {
                float step = STEPS[nearestStep(inverse * values[i])];
                products += errorWeights[i] * step * values[i];
                squares += errorWeights[i] * step * step;
            }
            if (trial < -TRIALS) {
                scale = squares > 0 ? products / squares : 0;
                best = scale * products;
            } else if (squares > 0 && products * products > best * squares) {
                scale = products / squares;
                best = scale * products;
            }
        }
        return scale;
    }

    /// fp16 factor, the high 2 bits of 8 scales, their low 4 bits, then the groups.
    private void writeSuperBlock(SourceBlock source, byte[] output, int offset) {
        float factor = -SymmetricSearch.peak(scales, groups) / 32;
        Rounding.writeHalf(output, offset, factor);
        float inverse = factor != 0 ? 1 / factor : 0;
        int highBits = 0;
        for (int group = 0; group < groups; group++) {
            int level = Rounding.nearest(inverse * scales[group], -32, 31);
            float scale = factor * level;
            source.copy(group * GROUP, values, GROUP);
            place(scale != 0 ? 1 / scale : 0);
            pack(output, offset + 8 + group * GROUP / 2);
            int biased = level + 32;
            highBits |= (biased >> 4) << (2 * group);
            int lowByte = offset + 4 + group / 2;
            output[lowByte] =
                    (byte)
                            (group % 2 == 0
                                    ? biased & 15
                                    : (output[lowByte] & 15) | (biased & 15) << 4);
        }
        Rounding.writeShort(output, offset + Short.BYTES, highBits);
    }

    private void place(float inverse) {
        for (int i = 0; i < GROUP; i++) {
            levels[i] = (byte) nearestStep(inverse * values[i]);
        }
    }

    private void pack(byte[] output, int offset) {
        for (int i = 0; i < GROUP / 2; i++) {
            output[offset + i] = (byte) (levels[i] | levels[i + GROUP / 2] << 4);
        }
    }

    private static byte[] stepsBelow() {
        byte[] counts = new byte[STEPS[STEPS.length - 1] - STEPS[0]];
        for (int i = 0; i < counts.length; i++) {
            for (byte step : STEPS) {
                counts[i] += (byte) (step <= STEPS[0] + i ? 1 : 0);
            }
        }
        return counts;
    }

    /// The index of the nearest value, the upper one of two that are as near.
    private static int nearestStep(float value) {
        if (value <= STEPS[0]) {
            return 0;
        }
        if (value >= STEPS[STEPS.length - 1]) {
            return STEPS.length - 1;
        }
        int above = STEPS_BELOW[(int) Math.floor(value) - STEPS[0]];
        return value - STEPS[above - 1] < STEPS[above] - value ? above - 1 : above;
    }
}
