package dev.tokamak.kernels.arithmetic;

/// The natural exponential in fp32, the same bits on every tier; within 2 ulp from [#LOWEST] to [#HIGHEST]. Immutable.
///
/// `n = rint(x * log2(e))`, `r = x - n * ln(2)` in two parts, a polynomial of degree 7 in r, times 2^n. The coefficients
/// are those of expf in the Cephes library (S. L. Moshier), rounded to fp32.
public final class Exponential {

    /* Adding 1.5 * 2^23 rounds to an integer, half to even, and leaves n in the low bits of the sum, so that a shift by 23
     * brings it to the exponent. Above LOWEST 2^n and the result are normal numbers; up to HIGHEST n is at most 127. */

    /// Below this the result is +0.
    public static final float LOWEST = -0x1.5d3334p6f; // -87.3

    /// Above this the result is positive infinity.
    public static final float HIGHEST = 0x1.613334p6f; // 88.3

    static final float LOG2_E = 0x1.715476p0f;
    static final float ROUNDER = 0x1.8p23f;
    static final float LN2_HIGH = 0x1.62e43p-1f; // 21 bits, so that n * LN2_HIGH + x is exact
    static final float LN2_LOW = -0x1.05c61p-29f;
    static final float C7 = 0x1.a0d2cep-13f;
    static final float C6 = 0x1.6e879cp-10f;
    static final float C5 = 0x1.11121p-7f;
    static final float C4 = 0x1.555382p-5f;
    static final float C3 = 0x1.555554p-3f;
    static final float C2 = 0x1p-1f;
    static final int ONE_BITS = 0x3f800000;
    static final int MANTISSA_BITS = 23;

    private Exponential() {}

    /// e to the power x: 1 exactly at 0, NaN for NaN.
    public static float exp(float x) {
        if (x < LOWEST) {
            return 0f;
        }
        if (x > HIGHEST) {
            return Float.POSITIVE_INFINITY;
        }
        float rounded = Math.fma(x, LOG2_E, ROUNDER);
        float n = rounded - ROUNDER;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float q = Math.fma(C7, r, C6);
        q = Math.fma(q, r, C5);
        q = Math.fma(q, r, C4);
        q = Math.fma(q, r, C3);
        q = Math.fma(q, r, C2);
        float y = Math.fma(q, r * r, r) + 1f;
        int power = (Float.floatToRawIntBits(rounded) << MANTISSA_BITS) + ONE_BITS;
        return y * Float.intBitsToFloat(power);
    }
}
