package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedModel;
import java.lang.foreign.ValueLayout;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A shared expert of integer weights reads quantised rows although its router, which stays in floats, does not.
class SharedExpertTest {

    private static final float MOST_BY_EIGHT_BITS = 0.5f;
    private static final int TOKENS = 33;

    @Test
    void logits_ofQuantizedExperts_stayNearThoseOfFloats() throws Exception {
        float[] expected = lastLogits(Optional.empty());
        float[] quantized = lastLogits(Optional.of(TargetType.Q8_0));
        assertThat(quantized).isNotEqualTo(expected);
        for (int id = 0; id < expected.length; id++) {
            assertThat(quantized[id])
                    .as("logit %d", id)
                    .isCloseTo(expected[id], within(MOST_BY_EIGHT_BITS));
        }
    }

    private static float[] lastLogits(Optional<TargetType> type) throws Exception {
        URL file = SharedExpertTest.class.getResource("/golden/architectures/deepseek3/model.gguf");
        try (WorkerTeam team = WorkerTeam.start(2);
                Kernels kernels = KernelProvider.of(Tier.VECTOR_API);
                LoadedModel model =
                        LoadedModel.load(
                                Path.of(Objects.requireNonNull(file).toURI()),
                                new LoadOptions(
                                        Numerics.EXACT, type, team, LoadOptions.Progress.NONE));
                CpuBackend backend =
                        CpuBackend.create(
                                model.decoder(), kernels, team, new CpuBackendOptions(4, 64, 1))) {
            Batch batch = new Batch(64, 1);
            batch.addRun(0, RunningModel.pages(0, TOKENS));
            IntStream.range(0, TOKENS)
                    .forEach(i -> batch.addToken(3 + i * 37 % 500, i == TOKENS - 1));
            backend.execute(batch);
            return backend.logits()
                    .asSlice(0, (long) backend.vocabularySize() * Float.BYTES)
                    .toArray(ValueLayout.JAVA_FLOAT);
        }
    }
}
