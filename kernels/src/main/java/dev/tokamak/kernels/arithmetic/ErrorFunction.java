package dev.tokamak.kernels.arithmetic;

/// The error function in fp32, raised by one as GELU needs it, the same bits on every tier. Immutable.
///
/// With `t = |x|`: up to [#POLYNOMIAL_END] erf is an odd polynomial of degree 11; beyond it `1 - erf(t) = exp(p(t))` with a
/// polynomial p of degree 7, so that nothing cancels for negative x. The coefficients are those of N. Juffa's erff. The error
/// is at most 1.2e-7.
public final class ErrorFunction {

    /// The largest magnitude for the odd polynomial.
    static final float POLYNOMIAL_END = 0x1.dbp-1f;

    static final float C11 = -0x1.38ep-11f;
    static final float C9 = 0x1.471a58p-8f;
    static final float C7 = -0x1.b691b2p-6f;
    static final float C5 = 0x1.ce1c44p-4f;
    static final float C3 = -0x1.8127p-2f;
    static final float C1_MINUS_1 = 0x1.06eba8p-3f;

    static final float P7 = -0x1.22p-16f;
    static final float P6 = 0x1.91cfb2p-12f;
    static final float P5 = -0x1.fd1438p-9f;
    static final float P4 = 0x1.8d6342p-6f;
    static final float P3 = -0x1.b55cb8p-4f;
    static final float P2 = -0x1.450aap-1f;
    static final float P1_PLUS_1 = -0x1.079d0cp-3f;

    private ErrorFunction() {}

    /// `1 + erf(x)`: exactly 0 and 2 at the ends, 1 at 0, NaN for NaN.
    public static float onePlusErf(float x) {
        float t = Math.abs(x);
        float s = t * t;
        if (t > POLYNOMIAL_END) {
            float p = Math.fma(Math.fma(P7, t, P6), s, Math.fma(P5, t, P4));
            p = Math.fma(p, t, P3);
            p = Math.fma(p, t, P2);
            p = Math.fma(p, t, P1_PLUS_1);
            float rest = Exponential.exp(Math.fma(p, t, -t));
            return x < 0 ? rest : 2f - rest;
        }
        float q = Math.fma(C11, s, C9);
        q = Math.fma(q, s, C7);
        q = Math.fma(q, s, C5);
        q = Math.fma(q, s, C3);
        q = Math.fma(q, s, C1_MINUS_1);
        return 1f + Math.fma(q, x, x);
    }
}
