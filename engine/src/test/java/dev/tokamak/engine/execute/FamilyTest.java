package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.ModelFiles;
import dev.tokamak.models.architecture.Architectures;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.gguf.ModelFile;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Tiny random models of families that have no golden data: GGUF files against logits of llama.cpp on the same weights in fp32,
/// written by `families/make.py` and `families/logits.c`, and Hugging Face directories against those of transformers, written
/// by `families/make_folders.py`.
class FamilyTest {

    private static final float TOLERANCE = 1e-3f;

    /// llama.cpp reads GELU from a table of fp16.
    private static final float TOLERANCE_OF_GELU = 5e-3f;

    /// Norms after the feed-forward make its differences larger.
    private static final float TOLERANCE_OF_NORMED_GELU = 5e-2f;

    private static final List<String> GELU =
            List.of("codeshell", "falcon", "gpt2", "gptneox", "starcoder");
    private static final int[] PROMPT =
            IntStream.range(0, 20).map(i -> 3 + (i * 7 + 5) % 29).toArray();

    static Stream<String> models() throws Exception {
        return logits("logits.json").propertyNames().stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void execute_onFastestTier_givesReferenceLogits(String name) throws Exception {
        try (Kernels kernels = KernelProvider.of(KernelProvider.available().getFirst());
                RunningModel model =
                        new RunningModel(file(name), RunningModel.Setting.exact(), kernels)) {
            float[][] rows = model.logits(PROMPT);
            requireNear(rows[PROMPT.length - 1], logits("logits.json").path(name), tolerance(name));
        }
    }

    static Stream<String> folders() throws Exception {
        return logits("folder-logits.json").propertyNames().stream();
    }

    @ParameterizedTest
    @MethodSource("folders")
    void execute_whenModelIsDirectory_givesReferenceLogits(String name) throws Exception {
        Path folder = Path.of(resource("hf/" + name + "/config.json").toURI()).getParent();
        try (WorkerTeam team = WorkerTeam.start(2);
                Kernels kernels = KernelProvider.of(KernelProvider.available().getFirst());
                Arena arena = Arena.ofShared();
                ModelFile file = ModelFiles.open(folder)) {
            DecoderModel model =
                    Architectures.describe(file)
                            .load(new WeightPacker(Numerics.EXACT, team), arena, _ -> {});
            try (CpuBackend backend =
                    CpuBackend.create(model, kernels, team, new CpuBackendOptions(2, 64, 1))) {
                Batch batch = new Batch(64, 1);
                batch.addRun(0, RunningModel.pages(0, PROMPT.length));
                for (int i = 0; i < PROMPT.length; i++) {
                    batch.addToken(PROMPT[i], i == PROMPT.length - 1);
                }
                backend.execute(batch);
                long bytes = (long) backend.vocabularySize() * Float.BYTES;
                requireNear(
                        backend.logits().asSlice(0, bytes).toArray(ValueLayout.JAVA_FLOAT),
                        logits("folder-logits.json").path(name),
                        TOLERANCE);
            }
        }
    }

    private static void requireNear(float[] actual, JsonNode expected, float tolerance) {
        assertThat(actual).hasSize(expected.size());
        for (int id = 0; id < actual.length; id++) {
            assertThat(actual[id])
                    .as("logit %d", id)
                    .isCloseTo(expected.path(id).floatValue(), within(tolerance));
        }
    }

    @Test
    void models_areOfSupportedFamilies() throws Exception {
        assertThat(models())
                .allMatch(
                        name ->
                                Architectures.supported().stream()
                                        .anyMatch(family -> name.startsWith(family)));
    }

    private static float tolerance(String name) {
        if (name.startsWith("gemma")) {
            return TOLERANCE_OF_NORMED_GELU;
        }
        return GELU.contains(name) ? TOLERANCE_OF_GELU : TOLERANCE;
    }

    private static JsonNode logits(String name) throws Exception {
        try (InputStream json = resource(name).openStream()) {
            return JsonMapper.shared().readTree(json);
        }
    }

    /// The model of this name.
    static Path file(String name) throws Exception {
        return Path.of(resource(name + ".gguf").toURI());
    }

    private static URL resource(String name) {
        return Objects.requireNonNull(FamilyTest.class.getResource("/families/" + name), name);
    }
}
