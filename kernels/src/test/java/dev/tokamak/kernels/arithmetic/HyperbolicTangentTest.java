package dev.tokamak.kernels.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HyperbolicTangentTest {

    @Test
    void tanh_whenAnyNumber_isWithinOneAndAHalfUlp() {
        double worst = 0;
        for (int bits = Float.floatToRawIntBits(1e-20f); bits < 0x42000000; bits += 997) {
            float x = Float.intBitsToFloat(bits);
            double exact = StrictMath.tanh(x);
            double ulp = Math.ulp((float) exact);
            worst = Math.max(worst, Math.abs(HyperbolicTangent.tanh(x) - exact) / ulp);
            worst = Math.max(worst, Math.abs(HyperbolicTangent.tanh(-x) + exact) / ulp);
        }
        assertThat(worst).isLessThan(1.5);
    }

    @Test
    void tanh_whenAtLimits_isAsDocumented() {
        assertThat(HyperbolicTangent.tanh(10f)).isEqualTo(1f);
        assertThat(HyperbolicTangent.tanh(Float.MAX_VALUE)).isEqualTo(1f);
        assertThat(HyperbolicTangent.tanh(Float.NEGATIVE_INFINITY)).isEqualTo(-1f);
        assertThat(Float.floatToRawIntBits(HyperbolicTangent.tanh(-0f)))
                .isEqualTo(Float.floatToRawIntBits(-0f));
        assertThat(HyperbolicTangent.tanh(Float.MIN_VALUE)).isEqualTo(Float.MIN_VALUE);
        assertThat(HyperbolicTangent.tanh(Float.NaN)).isNaN();
    }
}
