package dev.tokamak.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.engine.EngineException;
import dev.tokamak.kernels.linear.Numerics;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class KvBudgetTest {

    private static final long PAGE_BYTES = 8192;

    @Test
    void plan_whenMemoryIsPlenty_holdsEveryConcurrentSequence() {
        KvBudget budget =
                KvBudget.plan(
                        PAGE_BYTES,
                        1024,
                        settings(OptionalInt.empty(), Optional.empty(), 4),
                        1L << 30);

        assertThat(budget).isEqualTo(new KvBudget(4 * 33, 1024));
    }

    @Test
    void plan_whenMemoryIsScarce_shortensTheContext() {
        KvBudget budget =
                KvBudget.plan(
                        PAGE_BYTES,
                        4096,
                        settings(OptionalInt.empty(), Optional.empty(), 4),
                        2 * 65 * PAGE_BYTES);

        assertThat(budget).isEqualTo(new KvBudget(65, 64 * 32));
    }

    @Test
    void plan_whenFixedContextDoesNotFit_refusesWithBothNumbers() {
        var settings = settings(OptionalInt.of(4096), Optional.of(ByteSize.parse("512K")), 4);

        assertThatThrownBy(() -> KvBudget.plan(PAGE_BYTES, 8192, settings, 1L << 30))
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
