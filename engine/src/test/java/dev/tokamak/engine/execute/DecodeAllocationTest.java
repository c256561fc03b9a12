package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.TinyGguf;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The forward pass allocates nothing once warm. Measured with scalar kernels, as vectors of the Vector API are heap objects
/// until the compiler has seen them.
class DecodeAllocationTest {

    private static final int SEQUENCES = 4;
    private static final int WARM_STEPS = 140;
    private static final int MEASURED_STEPS = 100;

    /// Headroom for the measurement, less than one object a step.
    private static final long TOLERANCE_BYTES = 14L * MEASURED_STEPS;

    @TempDir private Path folder;

    @Test
    void execute_whenWarm_allocatesNothingOnAnyThread() {
        Path file = new TinyGguf().type(TensorType.Q8_0).write(folder);
        RunningModel.Setting setting =
                RunningModel.Setting.exact()
                        .tier(Tier.SCALAR)
                        .options(new CpuBackendOptions(8 * SEQUENCES, 16, 16));
        try (RunningModel model = new RunningModel(file, setting)) {
            int[][] pages = new int[SEQUENCES][];
            for (int sequence = 0; sequence < SEQUENCES; sequence++) {
                pages[sequence] = RunningModel.pages(8 * sequence, 8 * 32);
            }
            decode(model, pages, 0, WARM_STEPS);
            long[] workers = workers();
            allocatedBytes(workers);
            long before = allocatedBytes(workers);
            decode(model, pages, WARM_STEPS, WARM_STEPS + MEASURED_STEPS);
            assertThat(allocatedBytes(workers) - before).isLessThan(TOLERANCE_BYTES);
        }
    }

    private static void decode(RunningModel model, int[][] pages, int from, int to) {
        for (int position = from; position < to; position++) {
            Batch batch = model.batch();
            for (int sequence = 0; sequence < SEQUENCES; sequence++) {
                batch.addRun(position, pages[sequence]);
                batch.addToken(sequence + position % 16, true);
            }
            model.backend().execute(batch);
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
