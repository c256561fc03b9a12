package dev.tokamak.app.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class QualityReportTest {

    @Test
    void of_twoRows_computesBothLikelihoodsAndTheirDistance() {
        // Probabilities 1/2, 1/4, 1/4 against 1/4, 1/2, 1/4.
        MemorySegment reference = logits(2, 1, 1);
        MemorySegment other = logits(1, 2, 1);
        TokenComparison compared = TokenComparison.of(reference, other, 3, 1);
        assertThat(compared.reference()).isEqualTo(Math.log(4), within(1e-6));
        assertThat(compared.other()).isEqualTo(Math.log(2), within(1e-6));
        assertThat(compared.divergence()).isEqualTo(0.25 * Math.log(2), within(1e-6));
        assertThat(compared.sameTop()).isFalse();
        assertThat(TokenComparison.of(reference, reference, 3, 1).divergence()).isZero();
    }

    @Test
    void of_logitsThatAreNotFinite_isSeen() {
        MemorySegment broken = MemorySegment.ofArray(new float[] {1, Float.NaN});
        assertThat(TokenComparison.of(broken, broken, 2, 0).isFinite()).isFalse();
    }

    @Test
    void of_values_givesMeanAndStandardError() {
        Estimate estimate = Estimate.of(new double[] {1, 2, 3, 6});
        assertThat(estimate.mean()).isEqualTo(3);
        assertThat(estimate.error()).isEqualTo(Math.sqrt(14.0 / 3 / 4), within(1e-12));
        assertThat(Estimate.of(new double[] {5})).isEqualTo(new Estimate(5, 0));
    }

    @Test
    void of_hundredTokens_findsPercentiles() {
        List<TokenComparison> tokens = new ArrayList<>();
        for (int i = 100; i >= 1; i--) {
            tokens.add(new TokenComparison(1, 2, i, i % 4 == 0));
        }
        QualityReport report = QualityReport.of(tokens, 3);
        assertThat(report.divergence().percentiles())
                .extracting(QualityReport.Percentile::value)
                .containsExactly(50.0, 90.0, 95.0, 99.0, 100.0, 100.0);
        assertThat(report.sameTop().mean()).isEqualTo(0.25);
        assertThat(report.text())
                .contains("100 tokens in 3 windows", "2.7183", "7.3891", "25.00 +-", "99.9 %");
        assertThat(report.json())
                .contains("\"tokens\":100", "\"p99_9\":100.0", "\"maximum\":100.0")
                .contains("\"same_top\":{\"value\":0.250000000");
        assertThatThrownBy(() -> QualityReport.of(List.of(), 0)).hasMessageContaining("0");
    }

    private static MemorySegment logits(double... powersOfTwo) {
        float[] values = new float[powersOfTwo.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (powersOfTwo[i] * Math.log(2));
        }
        return MemorySegment.ofArray(values);
    }
}
