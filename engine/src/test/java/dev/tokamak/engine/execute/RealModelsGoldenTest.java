package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.linear.Numerics;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Models that people use against llama.cpp: tokens, logits and teacher-forced greedy continuations, of prompts that cross
/// windows too. Skipped where the files that the side-by-side benchmarks use have not been fetched; what is expected was
/// recorded from llama.cpp, as each resource says.
class RealModelsGoldenTest {

    private static final Path MODELS =
            Path.of(
                    System.getProperty(
                            "tokamak.peers.models",
                            System.getProperty("user.home") + "/.cache/tokamak-peers/models"));

    private static final int CHUNK = 128;

    /// llama.cpp reads GELU from a table in fp16, which moves Gemma's logits by up to 1.3e-2.
    private static final float FLOAT_TOLERANCE = 2e-2f;

    /// Activations of 8 bits move logits of these small models by up to 2.
    private static final float CLEAR_GAP = 1;

    private record Case(int[] prompt, int[] greedy, float[] gaps, JsonNode top20) {}

    @ParameterizedTest
    @ValueSource(strings = {"gemma3-270m-Q4_K_M", "qwen2.5-coder-0.5b-Q4_K_M"})
    void execute_whenFloat32_equalsReferenceClosely(String name) throws IOException {
        JsonNode golden = golden(name);
        try (RunningModel model = model(name, Numerics.FLOAT32)) {
            for (JsonNode each : golden.path("cases")) {
                Case reference = read(each);
                float[][] rows = continuation(model, reference);
                for (JsonNode pair : reference.top20) {
                    assertThat(rows[0][pair.path(0).asInt()])
                            .as("logit %s after %d tokens", pair.path(0), reference.prompt.length)
                            .isCloseTo(pair.path(1).floatValue(), within(FLOAT_TOLERANCE));
                }
                requireGreedy(reference, rows, 2 * FLOAT_TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemma3-270m-Q4_K_M", "qwen2.5-coder-0.5b-Q4_K_M"})
    void execute_whenExact_choosesTheSameTokensAtClearSteps(String name) throws IOException {
        JsonNode golden = golden(name);
        try (RunningModel model = model(name, Numerics.EXACT)) {
            for (JsonNode each : golden.path("cases")) {
                Case reference = read(each);
                requireGreedy(reference, continuation(model, reference), CLEAR_GAP);
            }
        }
    }

    private static void requireGreedy(Case reference, float[][] rows, float leastGap) {
        for (int step = 0; step < rows.length; step++) {
            if (reference.gaps[step] >= leastGap) {
                assertThat(RunningModel.argMax(rows[step]))
                        .as("step %d after %d tokens", step, reference.prompt.length)
                        .isEqualTo(reference.greedy[step]);
            }
        }
    }

    private static JsonNode golden(String name) throws IOException {
        Path file = MODELS.resolve(name + ".gguf");
        Assumptions.assumeTrue(Files.exists(file), "no " + file.getFileName() + " was fetched");
        try (InputStream json =
                RealModelsGoldenTest.class.getResourceAsStream("/golden/real/" + name + ".json")) {
            return JsonMapper.shared().readTree(Objects.requireNonNull(json));
        }
    }

    private static RunningModel model(String name, Numerics numerics) {
        CpuBackendOptions options = new CpuBackendOptions(64, CHUNK, CHUNK);
        return new RunningModel(
                MODELS.resolve(name + ".gguf"),
                RunningModel.Setting.exact()
                        .numerics(numerics)
                        .tier(KernelProvider.available().getFirst())
                        .options(options));
    }

    private static Case read(JsonNode json) {
        JsonNode gaps = json.path("gaps");
        float[] values = new float[gaps.size()];
        for (int step = 0; step < values.length; step++) {
            values[step] = gaps.path(step).floatValue();
        }
        assertThat(json.path("top20").size()).isEqualTo(20);
        return new Case(
                ints(json.path("tokens")), ints(json.path("greedy")), values, json.path("top20"));
    }

    private static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    /// The logits at the last position of the prompt and after each greedy token of the reference but the last.
    private static float[][] continuation(RunningModel model, Case reference) {
        int first = reference.prompt.length - 1;
        int[] tokens = Arrays.copyOf(reference.prompt, first + reference.greedy.length);
        System.arraycopy(reference.greedy, 0, tokens, first + 1, reference.greedy.length - 1);
        float[][] rows = new float[reference.greedy.length][];
        model.feed(
                tokens,
                0,
                tokens.length,
                first,
                CHUNK,
                IntStream.range(0, 64).toArray(),
                (position, row) -> rows[position - first] = RunningModel.floats(row));
        return rows;
    }
}
