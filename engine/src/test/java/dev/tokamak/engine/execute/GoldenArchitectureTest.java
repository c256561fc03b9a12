package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.models.SharedFolder;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
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
        "qwen2, FLOAT32, SCALAR",
        "deepseek3, EXACT, SCALAR",
        "gemma3, EXACT, SCALAR",
        "gpt-oss, EXACT, SCALAR",
        "gpt-oss-mxfp4, FLOAT32, VECTOR_API"
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

    /// Every decoder there is a reference for, on the fastest tier of this machine.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "cohere2",
                "deepseek2",
                "deepseek2-lite",
                "deepseek3",
                "gemma",
                "gemma2",
                "gemma3",
                "glm4",
                "gpt-oss",
                "granite",
                "llama",
                "llama-rope3-tied",
                "mistral",
                "mixtral",
                "olmo2",
                "phi3",
                "qwen2",
                "qwen3",
                "qwen3moe",
                "smollm3",
                "starcoder2"
            })
    void execute_onFastestTier_givesReferenceLogits(String name) throws Exception {
        try (Kernels kernels = KernelProvider.of(KernelProvider.available().getFirst());
                RunningModel model =
                        new RunningModel(modelFile(name), RunningModel.Setting.exact(), kernels)) {
            for (JsonNode golden : expected(name).path("cases")) {
                requireReferenceLogits(model, golden);
            }
        }
    }

    /// The same networks as Hugging Face directories, whose tensors have other names, orders and types.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "cohere2",
                "deepseek2",
                "deepseek2-lite",
                "deepseek3",
                "gemma",
                "gemma2",
                "gemma3",
                "glm4",
                "gpt-oss",
                "gpt-oss-mxfp4",
                "granite",
                "llama",
                "llama-rope3-tied",
                "mistral",
                "mixtral",
                "olmo2",
                "phi3",
                "qwen2",
                "qwen3",
                "qwen3moe",
                "smollm3",
                "starcoder2"
            })
    void execute_whenModelIsDirectory_givesReferenceLogits(String name) throws Exception {
        Path folder = SharedFolder.require("golden/architectures/" + name + "/hf");
        try (Kernels kernels = KernelProvider.of(KernelProvider.available().getFirst());
                RunningModel model =
                        new RunningModel(folder, RunningModel.Setting.exact(), kernels)) {
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
        return file(name, "model.gguf");
    }

    private static JsonNode expected(String name) throws Exception {
        try (InputStream json = Files.newInputStream(file(name, "expected.json"))) {
            return JsonMapper.shared().readTree(json);
        }
    }

    /// A copy among the tests' resources, else the reference data itself.
    private static Path file(String name, String file) throws Exception {
        String path = "golden/architectures/" + name + "/" + file;
        URL resource = GoldenArchitectureTest.class.getResource("/" + path);
        return resource == null ? SharedFolder.require(path) : Path.of(resource.toURI());
    }
}
