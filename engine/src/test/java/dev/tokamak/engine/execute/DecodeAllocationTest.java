package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.tokamak.engine.sample.Sampler;
import dev.tokamak.engine.sample.SamplingRule;
import dev.tokamak.engine.sample.TokenBias;
import dev.tokamak.engine.sample.TokenCounts;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.TinyGguf;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Forward pass and sampling allocate nothing once warm, on any thread. Measured with scalar kernels and with the tiers
/// picked for this machine unless the Vector API is among them: its vectors are heap objects until, and unless, the
/// compiler has seen through them.
class DecodeAllocationTest {

    private static final int SEQUENCES = 4;

    /// Beyond the first segment of keys, so that attention of one sequence is cut.
    private static final int PREFILLED = 512;

    private static final int STEPS = 60;
    private static final int MOST_WINDOWS = 40;

    /// Headroom for the measurement, less than one object a step.
    private static final long TOLERANCE_BYTES = 14L * STEPS;

    private static final SamplingRule.Penalties PENALTIES =
            new SamplingRule.Penalties(1.1f, 0.1f, 0.1f);
    private static final TokenBias BIAS = new TokenBias(Map.of(3, 1f));
    private static final List<SamplingRule> RULES =
            List.of(
                    new SamplingRule(0, 0, 1, 0, PENALTIES, 1, BIAS),
                    new SamplingRule(0.8f, 5, 0.9f, 0.01f, PENALTIES, 2, BIAS),
                    new SamplingRule(1.2f, 0, 0.9f, 0, PENALTIES, 3, BIAS),
                    new SamplingRule(1, 0, 1, 0.05f, PENALTIES, 4, BIAS));

    @TempDir private Path folder;

    @Test
    void execute_whenScalarAndWarm_allocatesNothingOnAnyThread() {
        requireNothingAllocated(KernelProvider.of(Tier.SCALAR));
    }

    @Test
    void execute_whenPickedForThisMachineAndWarm_allocatesNothingOnAnyThread() {
        KernelProvider.Selection selection = KernelProvider.select();
        assumeTrue(
                selection.choices().stream().noneMatch(choice -> choice.tier() == Tier.VECTOR_API),
                "an operation runs on the Vector API: " + selection.summary());
        requireNothingAllocated(selection.kernels());
    }

    private void requireNothingAllocated(Kernels kernels) {
        Path file = new TinyGguf().type(TensorType.Q8_0).contextTokens(2_048).write(folder);
        RunningModel.Setting setting =
                RunningModel.Setting.exact().options(new CpuBackendOptions(64, 128, 16));
        try (RunningModel model = new RunningModel(file, setting, kernels);
                Sampler sampler =
                        new Sampler(kernels.softmax(), model.backend().vocabularySize())) {
            Decoding decoding = new Decoding(model, sampler);
            long[] workers = workers();
            allocatedBytes(workers);
            long least = Long.MAX_VALUE;
            // Windows until one is clean: the compiler's own steps are allowed to cost something at
            // first.
            for (int i = 0; i < MOST_WINDOWS && least >= TOLERANCE_BYTES; i++) {
                decoding.restart();
                long before = allocatedBytes(workers);
                decoding.run(STEPS);
                least = Math.min(least, allocatedBytes(workers) - before);
            }
            assertThat(least).as("bytes in %d steps", STEPS).isLessThan(TOLERANCE_BYTES);
        }
    }

    /// One sequence that sees two segments of keys, then several short ones in one batch, with a token drawn for each.
    private static final class Decoding {
        private final RunningModel model;
        private final Sampler sampler;
        private final int[][] pages = new int[SEQUENCES][];
        private final TokenCounts[] counts = new TokenCounts[SEQUENCES];
        private int position;

        Decoding(RunningModel model, Sampler sampler) {
            this.model = model;
            this.sampler = sampler;
            pages[0] = RunningModel.pages(0, 40 * 32);
            for (int sequence = 1; sequence < SEQUENCES; sequence++) {
                pages[sequence] = RunningModel.pages(40 + 8 * (sequence - 1), 8 * 32);
            }
        }

        void restart() {
            position = 0;
            for (int sequence = 0; sequence < SEQUENCES; sequence++) {
                counts[sequence] = new TokenCounts();
                for (int token = 0; token < model.backend().vocabularySize(); token++) {
                    counts[sequence].addPrompt(token);
                }
            }
        }

        void run(int steps) {
            for (int step = 0; step < steps; step++) {
                decode(1);
                decode(SEQUENCES);
                position++;
            }
        }

        private void decode(int sequences) {
            Batch batch = model.batch();
            for (int sequence = 0; sequence < sequences; sequence++) {
                batch.addRun(sequence == 0 ? PREFILLED + position : position, pages[sequence]);
                batch.addToken(sequence + position % 16, true);
            }
            model.backend().execute(batch);
            for (int row = 0; row < sequences; row++) {
                int token =
                        sampler.sample(
                                model.backend().logits(),
                                (long) row * model.backend().vocabularySize() * Float.BYTES,
                                RULES.get(row),
                                counts[row],
                                0,
                                position);
                counts[row].addGenerated(token);
            }
        }
    }

    private static long[] workers() {
        long[] workers =
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("tokamak-worker"))
                        .mapToLong(Thread::threadId)
                        .toArray();
        assertThat(workers).isNotEmpty();
        return workers;
    }

    /// Bytes that this thread and the workers have allocated so far.
    private static long allocatedBytes(long[] workers) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = threads.getCurrentThreadAllocatedBytes();
        for (long worker : workers) {
            bytes += threads.getThreadAllocatedBytes(worker);
        }
        return bytes;
    }
}
