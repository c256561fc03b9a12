package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Numerics;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Tiny random models against logits and continuations of the reference implementation in fp32.
class GoldenArchitectureTest {

    private static final float TOLERANCE = 1e-3f;

    @ParameterizedTest
    @CsvSource({
        "llama, EXACT, VECTOR_API",
        "llama-rope3-tied, EXACT, VECTOR_API",
        "mistral, EXACT, VECTOR_API",
        "qwen2, EXACT, VECTOR_API",
        "llama, FLOAT32, VECTOR_API",
        "qwen2, FLOAT32, SCALAR"
    })
    void execute_whenModelIsGolden_givesReferenceLogits(String name, Numerics numerics, Tier tier)
            throws Exception {
        RunningModel.Setting setting = RunningModel.Setting.exact().numerics(numerics).tier(tier);
        try (RunningModel model = new RunningModel(modelFile(name), setting)) {
            for (JsonNode golden : expected(name).path("cases")) {
                requireReferenceLogits(model, golden);
            }
        }
    }

    private static void requireReferenceLogits(RunningModel model, JsonNode golden) {
        int[] prompt = golden.path("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
        int[] greedy = golden.path("greedy").valueStream().mapToInt(JsonNode::asInt).toArray();
        int[] tokens = new int[prompt.length + greedy.length - 1];
        System.arraycopy(prompt, 0, tokens, 0, prompt.length);
        System.arraycopy(greedy, 0, tokens, prompt.length, greedy.length - 1);
        float[][] logits = model.logits(tokens);
        float[] last = logits[prompt.length - 1];
        JsonNode expected = golden.path("logits_last");
        assertThat(last).hasSize(expected.size());
        for (int id = 0; id < last.length; id++) {
            assertThat(last[id])
                    .as("logit %d after %d tokens", id, prompt.length)
                    .isCloseTo(expected.path(id).floatValue(), within(TOLERANCE));
        }
        for (int step = 0; step < greedy.length; step++) {
            if (golden.path("greedy_gaps").path(step).floatValue() < 2 * TOLERANCE) {
                return;
            }
            assertThat(RunningModel.argMax(logits[prompt.length - 1 + step]))
                    .as("step %d after %d tokens", step, prompt.length)
                    .isEqualTo(greedy[step]);
        }
    }

    private static Path modelFile(String name) throws Exception {
        return Path.of(resource(name, "model.gguf").toURI());
    }

    private static JsonNode expected(String name) throws Exception {
        try (InputStream json = resource(name, "expected.json").openStream()) {
            return JsonMapper.shared().readTree(json);
        }
    }

    private static URL resource(String name, String file) {
        String path = "/golden/architectures/" + name + "/" + file;
        URL resource = GoldenArchitectureTest.class.getResource(path);
        assertThat(resource).as(path).isNotNull();
        return resource;
    }
}
