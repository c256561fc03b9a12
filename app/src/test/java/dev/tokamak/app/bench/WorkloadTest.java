package dev.tokamak.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.probe.MachineSpeed;
import org.junit.jupiter.api.Test;

/// The arithmetic of bounds, on a model whose numbers are easy: layers of 100 MB and 0.2 Gop, of which 20 Mop only
/// the last token needs, a head of 20 MB and 40 Mop,
/// 10 kB of keys and values for each token.
class WorkloadTest {

    private static final ModelWork MODEL =
            new ModelWork(
                    new StepWork(100e6, 0.2e9, 0),
                    new StepWork(10e6, 20e6, 0),
                    new StepWork(20e6, 0, 40e6),
                    tokens -> 10e3 * tokens);

    /// Reads 40 GB/s, computes 800 int8 Gop/s and 100 fp32 Gop/s.
    private static final MachineSpeed MACHINE = new MachineSpeed(40e9, 800e9, 100e9, "test");

    @Test
    void step_whenPrefill_readsWeightsOnceForEachBatchAndComputesOneHeadAndTail() {
        assertThat(Workload.prefill(256).step(MODEL, 512))
                .isEqualTo(new StepWork(100e6 + 256 * 10e3 + 20e6, 256 * 0.2e9 - 255 * 20e6, 40e6));
        assertThat(Workload.prefill(600).step(MODEL, 512).bytes())
                .isEqualTo(200e6 + 600 * 10e3 + 20e6, within(1.0));
    }

    @Test
    void step_whenDecode_readsTheKeysAndValuesOfTheMiddleOfTheRun() {
        assertThat(Workload.decode(32, 4096).step(MODEL, 512))
                .isEqualTo(new StepWork(120e6 + 4112 * 10e3, 0.2e9, 40e6));
    }

    @Test
    void step_whenSeveralUsers_readsWeightsOnceAndComputesForEach() {
        assertThat(Workload.batch(32, 16, 256).step(MODEL, 512))
                .isEqualTo(new StepWork(120e6 + 16 * 272 * 10e3, 16 * 0.2e9, 16 * 40e6));
    }

    @Test
    void tokensPerSecond_whenDecode_isBoundByReading() {
        Workload decode = Workload.decode(32, 256);

        double bound = decode.step(MODEL, 512).tokensPerSecond(MACHINE, decode.stepTokens());

        assertThat(bound).isEqualTo(40e9 / (120e6 + 272 * 10e3), within(1e-9));
    }

    @Test
    void tokensPerSecond_whenPrefill_isBoundByComputing() {
        Workload prefill = Workload.prefill(256);

        double bound = prefill.step(MODEL, 512).tokensPerSecond(MACHINE, prefill.stepTokens());

        assertThat(bound)
                .isEqualTo(256 / ((256 * 0.2e9 - 255 * 20e6) / 800e9 + 40e6 / 100e9), within(1e-6));
    }

    @Test
    void tokensPerSecond_whenTheMachineIsUnknown_isUnknown() {
        assertThat(Workload.decode(32, 0).step(MODEL, 512).tokensPerSecond(MachineSpeed.UNKNOWN, 1))
                .isZero();
    }
}
