package dev.tokamak.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.engine.EngineException;
import dev.tokamak.engine.execute.CpuBackendOptions;
import dev.tokamak.engine.execute.KvGroups;
import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.linear.Numerics;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class KvBudgetTest {

    /// 32 tokens of one head of 64 elements in fp16.
    private static final long PAGE_BYTES = 8192;

    private static final int NO_WINDOW = Integer.MAX_VALUE;
    private static final KvGroups ONE_LAYER = layers(NO_WINDOW);
    private static final CpuBackendOptions SIZES = new CpuBackendOptions(1, 4, 512, 64);

    private static KvGroups layers(int... windows) {
        return new KvGroups(
                Collections.nCopies(windows.length, new KvLayer(1, 64, 64)), windows, KvType.F16);
    }

    @Test
    void plan_whenMostLayersHaveWindows_reachesFurther() {
        long available = 2 * 3 * 65 * PAGE_BYTES;
        var settings = settings(OptionalInt.empty(), Optional.empty(), 4);

        assertThat(
                        KvBudget.plan(
                                layers(NO_WINDOW, NO_WINDOW, NO_WINDOW),
                                SIZES,
                                65_536,
                                settings,
                                available))
                .isEqualTo(new KvBudget(65, 64 * 32));
        // A window of 64 tokens holds at most 4 pages for each of 4 sequences and 16 for a batch.
        assertThat(KvBudget.plan(layers(64, NO_WINDOW, 64), SIZES, 65_536, settings, available))
                .isEqualTo(new KvBudget(3 * 65 - 2 * 32, (3 * 65 - 2 * 32 - 1) * 32));
    }

    @Test
    void plan_whenMemoryIsPlenty_holdsEveryConcurrentSequence() {
        KvBudget budget =
                KvBudget.plan(
                        ONE_LAYER,
                        SIZES,
                        1024,
                        settings(OptionalInt.empty(), Optional.empty(), 4),
                        1L << 30);

        assertThat(budget).isEqualTo(new KvBudget(4 * 33, 1024));
    }

    @Test
    void plan_whenMemoryIsScarce_shortensTheContext() {
        KvBudget budget =
                KvBudget.plan(
                        ONE_LAYER,
                        SIZES,
                        4096,
                        settings(OptionalInt.empty(), Optional.empty(), 4),
                        2 * 65 * PAGE_BYTES);

        assertThat(budget).isEqualTo(new KvBudget(65, 64 * 32));
    }

    @Test
    void plan_whenFixedContextDoesNotFit_refusesWithBothNumbers() {
        var settings = settings(OptionalInt.of(4096), Optional.of(ByteSize.parse("512K")), 4);

        assertThatThrownBy(() -> KvBudget.plan(ONE_LAYER, SIZES, 8192, settings, 1L << 30))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("4096 tokens")
                .hasMessageContaining("512 KiB");
    }

    private static EngineSettings settings(
            OptionalInt context, Optional<ByteSize> memory, int concurrent) {
        return new EngineSettings(
                Optional.of("model"),
                1,
                context,
                memory,
                concurrent,
                Numerics.EXACT,
                Optional.empty(),
                false);
    }
}
