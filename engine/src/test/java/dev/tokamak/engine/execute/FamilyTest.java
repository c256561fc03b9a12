package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.models.architecture.Architectures;
import java.io.InputStream;
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

/// Tiny random models of families that have no golden data, against logits of llama.cpp on the same weights in fp32. The files
/// and the logits were written by `families/make.py` and `families/logits.c`.
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
        return logits().propertyNames().stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void execute_onFastestTier_givesReferenceLogits(String name) throws Exception {
        try (Kernels kernels = KernelProvider.of(KernelProvider.available().getFirst());
                RunningModel model =
                        new RunningModel(file(name), RunningModel.Setting.exact(), kernels)) {
            float[][] rows = model.logits(PROMPT);
            float[] last = rows[PROMPT.length - 1];
            JsonNode expected = logits().path(name);
            assertThat(last).hasSize(expected.size());
            for (int id = 0; id < last.length; id++) {
                assertThat(last[id])
                        .as("logit %d", id)
                        .isCloseTo(expected.path(id).floatValue(), within(tolerance(name)));
            }
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

    private static JsonNode logits() throws Exception {
        try (InputStream json = resource("logits.json").openStream()) {
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
