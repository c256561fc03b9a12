package dev.tokamak.kernels.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExponentialTest {

    @Test
    void exp_whenInRange_isWithinTwoUlp() {
        double worst = 0;
        int from = Float.floatToRawIntBits(0x1p-30f);
        int to = Float.floatToRawIntBits(Exponential.HIGHEST);
        for (int bits = from; bits < to; bits += 997) {
            float x = Float.intBitsToFloat(bits);
            worst = Math.max(worst, Math.max(errorUlps(x), errorUlps(-x)));
        }
        assertThat(worst).isLessThan(2.0);
    }

    private static double errorUlps(float x) {
        if (x < Exponential.LOWEST) {
            return 0;
        }
        double exact = StrictMath.exp(x);
        return Math.abs(Exponential.exp(x) - exact) / Math.ulp((float) exact);
    }

    @Test
    void exp_whenAtLimits_isAsDocumented() {
        assertThat(Exponential.exp(0f)).isEqualTo(1f);
        assertThat(Exponential.exp(-0f)).isEqualTo(1f);
        assertThat(Exponential.exp(Float.MIN_VALUE)).isEqualTo(1f);
        assertThat(Exponential.exp(Exponential.LOWEST)).isGreaterThan(Float.MIN_NORMAL);
        assertThat(Float.floatToRawIntBits(Exponential.exp(Math.nextDown(Exponential.LOWEST))))
                .isZero();
        assertThat(Float.floatToRawIntBits(Exponential.exp(Float.NEGATIVE_INFINITY))).isZero();
        assertThat(Exponential.exp(Exponential.HIGHEST)).isFinite();
        assertThat(Exponential.exp(Math.nextUp(Exponential.HIGHEST)))
                .isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Exponential.exp(Float.NaN)).isNaN();
    }

    @Test
    void halve_whenGivenSixteenSums_addsThemAsATree() {
        float[] sums = new float[20];
        for (int i = 0; i < 16; i++) {
            sums[i + 2] = 1 << i;
        }
        assertThat(StridedSum.halve(sums, 2)).isEqualTo(65535f);
    }
}
