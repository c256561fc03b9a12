package dev.tokamak.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.engine.execute.CpuBackendOptions;
import dev.tokamak.engine.execute.KvGroups;
import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.models.ModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {

    private static final long MIB = 1 << 20;

    /// 100 MiB of weights, 1 MiB for 32 tokens, 10 MiB for batches.
    private static final MemoryPlan PLAN =
            new MemoryPlan(
                    100 * MIB,
                    new KvGroups(
                            List.of(new KvLayer(64, 128, 128)),
                            new int[] {Integer.MAX_VALUE},
                            KvType.F16),
                    new CpuBackendOptions(1, 4, 512, 64),
                    10 * MIB,
                    4096);

    @Test
    void largestContext_leavesRoomForWeightsBatchesAndOnePageMore() {
        assertThat(PLAN.largestContext(143 * MIB)).isEqualTo(32 * 32);
        assertThat(PLAN.totalBytes(32 * 32)).isEqualTo(143 * MIB);
        assertThat(PLAN.largestContext(1000 * MIB)).isEqualTo(4096);
        assertThat(PLAN.largestContext(50 * MIB)).isZero();
    }

    @Test
    void requireFits_whenContextIsTooLong_namesAllNumbersAndTheLargestThatFits() {
        EngineSettings settings = settings(OptionalInt.of(4096));
        assertThatThrownBy(() -> PLAN.requireFits(Path.of("model.gguf"), settings, 143 * MIB))
                .isInstanceOf(ModelException.class)
                .hasMessage(
                        "model.gguf: needs 100 MiB for weights, 129 MiB for keys and values of 4096 tokens and about 10.0 MiB for batches, together 239 MiB, but only 143 MiB are available; the largest context that fits is --context 1024");
        PLAN.requireFits(Path.of("model.gguf"), settings(OptionalInt.of(1024)), 143 * MIB);
    }

    @Test
    void requireFits_whenContextIsLongerThanTrained_namesBoth() {
        EngineSettings settings = settings(OptionalInt.of(4097));
        assertThatThrownBy(() -> PLAN.requireFits(Path.of("model.gguf"), settings, 1 << 30))
                .isInstanceOf(ModelException.class)
                .hasMessage(
                        "model.gguf: was trained for 4096 tokens, so --context 4097 is too long");
    }

    @Test
    void requireFits_whenNoContextFits_saysSo() {
        EngineSettings settings = settings(OptionalInt.empty());
        assertThatThrownBy(() -> PLAN.requireFits(Path.of("model.gguf"), settings, 111 * MIB))
                .isInstanceOf(ModelException.class)
                .hasMessageEndingWith(
                        "no context fits: take a model with fewer or smaller weights");
    }

    private static EngineSettings settings(OptionalInt context) {
        return new EngineSettings(
                Optional.of("model"),
                1,
                context,
                Optional.empty(),
                4,
                Numerics.EXACT,
                Optional.empty(),
                false);
    }
}
