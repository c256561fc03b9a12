package dev.tokamak.kernels.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrorFunctionTest {

    @Test
    void onePlusErf_whenAnyNumber_isAsExactAsDocumented() {
        double worst = 0;
        for (int bits = Float.floatToRawIntBits(1e-20f); bits < 0x41800000; bits += 4999) {
            float x = Float.intBitsToFloat(bits);
            double erf = erf(x);
            worst = Math.max(worst, Math.abs(ErrorFunction.onePlusErf(x) - (1 + erf)));
            worst = Math.max(worst, Math.abs(ErrorFunction.onePlusErf(-x) - (1 - erf)));
        }
        assertThat(worst).isLessThan(1.2e-7);
    }

    /// By its series with positive terms.
    private static double erf(double x) {
        if (x > 6) {
            return 1;
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    @Test
    void onePlusErf_whenAtLimits_isAsDocumented() {
        assertThat(ErrorFunction.onePlusErf(0f)).isEqualTo(1f);
        assertThat(ErrorFunction.onePlusErf(Float.MAX_VALUE)).isEqualTo(2f);
        assertThat(ErrorFunction.onePlusErf(-Float.MAX_VALUE)).isEqualTo(0f);
        assertThat(ErrorFunction.onePlusErf(Float.POSITIVE_INFINITY)).isEqualTo(2f);
        assertThat(ErrorFunction.onePlusErf(Float.NEGATIVE_INFINITY)).isEqualTo(0f);
        assertThat(ErrorFunction.onePlusErf(Float.NaN)).isNaN();
    }
}
