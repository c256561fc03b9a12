package dev.tokamak.kernels.arithmetic;

/// The hyperbolic tangent in fp32, the same bits on every tier; within 1.5 ulp everywhere. Immutable.
///
/// With `t = |x|`: up to [#POLYNOMIAL_END] an odd polynomial of degree 9, beyond it `1 - 2 / (exp(2t) + 1)`; the sign of x.
public final class HyperbolicTangent {

    /// The largest magnitude for the polynomial.
    static final float POLYNOMIAL_END = 0x1.2p-1f;

    static final float C9 = 0x1.0a5cc6p-6f;
    static final float C7 = -0x1.aebc18p-5f;
    static final float C5 = 0x1.10c7cp-3f;
    static final float C3 = -0x1.55542cp-2f;

    private HyperbolicTangent() {}

    /// Exactly ±1 for large magnitudes, infinity included; NaN for NaN.
    public static float tanh(float x) {
        float t = Math.abs(x);
        if (t > POLYNOMIAL_END) {
            return Math.copySign(1f - 2f / (Exponential.exp(t + t) + 1f), x);
        }
        float s = t * t;
        float q = Math.fma(C9, s, C7);
        q = Math.fma(q, s, C5);
        q = Math.fma(q, s, C3);
        return Math.copySign(Math.fma(q * s, t, t), x);
    }
}
