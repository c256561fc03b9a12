package dev.tokamak.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.probe.MachineSpeed;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchReportTest {

    private static final Measurement DECODE =
            Measurement.of(Workload.decode(32, 4096), new double[] {30, 10, 20, 40});

    private static final MachineSpeed MACHINE = new MachineSpeed(40e9, 800e9, 100e9, "test");

    /// Ten steps that take 20 ms each: 8 in `down`, 4 in `head`, 8 outside the forward pass.
    private static final WorkloadProfile PROFILE =
            new WorkloadProfile(
                    Workload.decode(10, 64),
                    10,
                    List.of(
                            new OperationCost("head", 10, 0.04, new StepWork(0.8e9, 8e9, 0), 0.02),
                            new OperationCost("down", 20, 0.08, new StepWork(1.6e9, 4e9, 0), 0.04),
                            new OperationCost("between operations", 10, 0, StepWork.NONE, 0)),
                    0.2);

    @Test
    void of_whenAnEvenNumberOfRuns_takesTheMiddleOfTheTwoInTheMiddle() {
        assertThat(DECODE.tokensPerSecond()).isEqualTo(25, within(1e-12));
        assertThat(DECODE.minimum()).isEqualTo(10, within(1e-12));
        assertThat(DECODE.maximum()).isEqualTo(40, within(1e-12));
    }

    @Test
    void measurements_whenNoBound_saysNothingAboutIt() {
        BenchReport report = new BenchReport(List.of(DECODE), MachineSpeed.UNKNOWN, List.of());

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
                new BenchReport(List.of(DECODE.withBound(50)), MACHINE, List.of(PROFILE));

        assertThat(report.profileJson())
                .contains("\"bound_tokens_per_second\":50.00,\"share_of_bound\":0.500")
                .contains("\"machine\":{\"read_gb_per_s\":40.00,\"int8_gop_per_s\":800.00,");
        assertThat(report.measurementsTable()).contains("OF BOUND", "50.0", "50 %");
        assertThat(report.machineLine()).contains("reads 40.0 GB/s, 800.0 int8 Gop/s");
    }

    @Test
    void profile_whenOperationsAreKnown_givesSharesAndRates() {
        assertThat(PROFILE.json())
                .contains("\"kind\":\"decode\"", "\"steps\":10", "\"forward_seconds\":0.120000")
                .contains(
                        "{\"name\":\"down\",\"calls\":20,\"seconds\":0.080000,\"time_share\":0.4000,"
                                + "\"gb_per_s\":20.00,\"gop_per_s\":50.00,\"share_of_bound\":0.500}");
    }

    @Test
    void table_whenOperationsAreKnown_listsTheLongestFirstAndWhatIsOutside() {
        assertThat(PROFILE.table().lines().toList())
                .satisfiesExactly(
                        title ->
                                assertThat(title)
                                        .isEqualTo(
                                                "decode, users 1, context 64: 12.00 ms a step in the forward pass, 20.00 ms in the engine"),
                        head -> assertThat(head).startsWith("OPERATION").endsWith("OF BOUND"),
                        row ->
                                assertThat(row.split(" +"))
                                        .containsExactly(
                                                "down", "20", "40.0", "4000.0", "20.0", "50.0",
                                                "50.0", "%"),
                        row -> assertThat(row).startsWith("head"),
                        row -> assertThat(row).startsWith("between operations").contains(" 0.0 "),
                        row ->
                                assertThat(row.strip().split(" {2,}"))
                                        .containsExactly(
                                                "outside forward pass", "10", "40.0", "8000.0"));
    }
}
