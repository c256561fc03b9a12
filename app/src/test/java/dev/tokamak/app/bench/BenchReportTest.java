package dev.tokamak.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.probe.MachineSpeed;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchReportTest {

    private static final Measurement DECODE =
            Measurement.of(Workload.decode(32, 4096), new double[] {30, 10, 20, 40});

    @Test
    void of_whenAnEvenNumberOfRuns_takesTheMiddleOfTheTwoInTheMiddle() {
        assertThat(DECODE.tokensPerSecond()).isEqualTo(25, within(1e-12));
        assertThat(DECODE.minimum()).isEqualTo(10, within(1e-12));
        assertThat(DECODE.maximum()).isEqualTo(40, within(1e-12));
    }

    @Test
    void measurements_whenNoBound_saysNothingAboutIt() {
        BenchReport report = new BenchReport(List.of(DECODE), MachineSpeed.UNKNOWN);

        assertThat(report.measurementsJson())
                .isEqualTo(
                        "[{\"kind\":\"decode\",\"tokens\":32,\"concurrency\":1,\"context\":4096,"
                                + "\"tokens_per_second\":25.00,\"minimum\":10.00,\"maximum\":40.00}]");
        assertThat(report.measurementsTable()).contains("4096", "25.0").doesNotContain("BOUND");
        assertThat(report.machineLine()).contains("reads ? GB/s", "not measured");
    }

    @Test
    void profile_whenBoundIsKnown_givesItAndTheShareReached() {
        BenchReport report =
                new BenchReport(
                        List.of(DECODE.withBound(50)),
                        new MachineSpeed(40e9, 800e9, 100e9, "test"));

        assertThat(report.profileJson())
                .contains("\"bound_tokens_per_second\":50.00,\"share_of_bound\":0.500")
                .contains("\"machine\":{\"read_gb_per_s\":40.00,\"int8_gop_per_s\":800.00,");
        assertThat(report.measurementsTable()).contains("OF BOUND", "50.0", "50 %");
        assertThat(report.machineLine()).contains("reads 40.0 GB/s, 800.0 int8 Gop/s");
    }
}
