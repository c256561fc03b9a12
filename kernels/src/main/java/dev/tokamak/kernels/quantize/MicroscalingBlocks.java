package dev.tokamak.kernels.quantize;

/// The writer of `MXFP4`: 32 weights as floats of four bits, with a power of two as scale. Immutable.
final class MicroscalingBlocks {

    private static final int ELEMENTS = 32;
    private static final int HALF = ELEMENTS / 2;

    /// Twice the values of the floats with sign, exponent of two bits and mantissa of one.
    private static final byte[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private static final int EXPONENT_BIAS = 127;
    private static final int LARGEST_FLOAT_EXPONENT = 2;
    private static final double LOG_2 = StrictMath.log(2);

    private MicroscalingBlocks() {}

    static void write(SourceBlock source, byte[] output, int offset) {
        float magnitude = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            magnitude = Math.max(magnitude, Math.abs(source.value(i)));
        }
        int exponent = exponent(magnitude);
        float halfScale = halfScale(exponent);
        output[offset] = (byte) exponent;
        for (int i = 0; i < HALF; i++) {
            int low = nearest(source.value(i), halfScale);
            int high = nearest(source.value(i + HALF), halfScale);
            output[offset + 1 + i] = (byte) (low | high << 4);
        }
    }

    /// The exponent that brings the magnitude just below the largest float. The logarithm is rounded to fp32 before its
    /// integer part is taken, as ggml does.
    private static int exponent(float magnitude) {
        if (magnitude == 0) {
            return 0;
        }
        float logarithm = (float) (StrictMath.log(magnitude) / LOG_2);
        int exponent = (int) Math.floor(logarithm) - LARGEST_FLOAT_EXPONENT + EXPONENT_BIAS;
        return Math.max(0, exponent);
    }

    /// `2^(exponent - 128)`, the two smallest as subnormal numbers.
    private static float halfScale(int exponent) {
        return Float.intBitsToFloat(exponent < 2 ? 0x200000 << exponent : (exponent - 1) << 23);
    }

    private static int nearest(float value, float halfScale) {
        int best = 0;
        float leastError = Math.abs(value);
        for (int i = 1; i < DOUBLED.length; i++) {
            float error = Math.abs(DOUBLED[i] * halfScale - value);
            if (error < leastError) {
                best = i;
                leastError = error;
            }
        }
        return best;
    }
}
