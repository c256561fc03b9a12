package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.models.SharedFolder;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real model against the reference implementation: logits, teacher-forced greedy continuations and perplexity.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SmolLm2GoldenTest {

    private static final int SLICE_TOKENS = 128;

    private final List<Golden> prompts = new ArrayList<>();
    private Path file;
    private JsonNode perplexity;

    /// A prompt followed by the reference's greedy tokens.
    private record Golden(int promptTokens, int[] tokens, int[] greedy, JsonNode reference) {}

    @BeforeAll
    void read() {
        file = SharedFolder.require("models/SmolLM2-135M-Instruct.Q4_1.gguf");
        perplexity = json("perplexity.json");
        JsonNode results = json("expected.json").path("results");
        for (JsonNode prompt : json("prompts.json").path("prompts")) {
            JsonNode result = results.path(prompts.size());
            assertThat(result.path("id").asInt()).isEqualTo(prompt.path("id").asInt());
            prompts.add(golden(prompt, result.path("transformers_fp32")));
        }
        assertThat(prompts).hasSize(20);
    }

    private JsonNode json(String name) {
        return JsonMapper.shared().readTree(SharedFolder.require("golden/smollm2/" + name));
    }

    private static Golden golden(JsonNode prompt, JsonNode reference) {
        int[] ids = ints(prompt.path("tokens"));
        int[] greedy = ints(reference.path("greedy"));
        int[] tokens = new int[ids.length + greedy.length - 1];
        System.arraycopy(ids, 0, tokens, 0, ids.length);
        System.arraycopy(greedy, 0, tokens, ids.length, greedy.length - 1);
        return new Golden(ids.length, tokens, greedy, reference);
    }

    private static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    private RunningModel model(Numerics numerics) {
        CpuBackendOptions options = new CpuBackendOptions(64, SLICE_TOKENS, SLICE_TOKENS);
        return new RunningModel(
                file, RunningModel.Setting.exact().numerics(numerics).options(options));
    }

    @Test
    void execute_whenFloat32_equalsReferenceClosely() {
        try (RunningModel model = model(Numerics.FLOAT32)) {
            for (Golden golden : prompts) {
                requireReference(model, golden);
            }
            assertThat(meanNegativeLogLikelihood(model)).isCloseTo(referenceMean(), within(1e-3));
        }
    }

    private static void requireReference(RunningModel model, Golden golden) {
        JsonNode gaps = golden.reference.path("gaps");
        boolean[] parted = {false};
        forward(
                model,
                golden,
                (position, row) -> {
                    float[] logits = RunningModel.floats(row);
                    int step = position - golden.promptTokens + 1;
                    if (step == 0) {
                        requireTop50(golden, logits);
                    }
                    parted[0] |= gaps.path(step).floatValue() < 2e-2f;
                    if (!parted[0]) {
                        assertThat(RunningModel.argMax(logits))
                                .as("step %d after %d tokens", step, golden.promptTokens)
                                .isEqualTo(golden.greedy[step]);
                    }
                });
    }

    private static void requireTop50(Golden golden, float[] logits) {
        JsonNode top50 = golden.reference.path("top50");
        assertThat(top50.size()).isEqualTo(50);
        for (JsonNode pair : top50) {
            assertThat(logits[pair.path(0).asInt()])
                    .as("logit %s after %d tokens", pair.path(0), golden.promptTokens)
                    .isCloseTo(pair.path(1).floatValue(), within(1e-2f));
        }
    }

    @Test
    void execute_whenExact_staysNearReference() {
        try (RunningModel model = model(Numerics.EXACT)) {
            int[] equal = {0};
            for (Golden golden : prompts) {
                Golden promptOnly =
                        new Golden(
                                golden.promptTokens,
                                Arrays.copyOf(golden.tokens, golden.promptTokens),
                                golden.greedy,
                                golden.reference);
                forward(
                        model,
                        promptOnly,
                        (position, row) -> {
                            float[] logits = RunningModel.floats(row);
                            equal[0] += RunningModel.argMax(logits) == golden.greedy[0] ? 1 : 0;
                        });
            }
            assertThat(equal[0]).as("equal first choices of 20").isGreaterThanOrEqualTo(16);
            assertThat(meanNegativeLogLikelihood(model)).isCloseTo(referenceMean(), within(0.02));
        }
    }

    @Test
    void execute_whenExact_givesSameBitsHoweverItIsCut() {
        int[] tokens = Arrays.copyOf(ints(perplexity.path("tokens")), 40);
        CpuBackendOptions options = new CpuBackendOptions(8, 40, 40);
        RunningModel.Setting setting = RunningModel.Setting.exact().options(options);
        float[][] whole;
        try (RunningModel model = new RunningModel(file, setting)) {
            whole = model.logits(tokens);
            assertThat(model.logits(tokens, 7, new int[] {5, 1})).isDeepEqualTo(whole);
        }
        try (RunningModel model = new RunningModel(file, setting.tier(Tier.SCALAR).workers(3))) {
            int[] first = Arrays.copyOf(tokens, 4);
            assertThat(model.logits(first, 3, new int[] {2}))
                    .isDeepEqualTo(Arrays.copyOf(whole, first.length));
        }
    }

    private static void forward(RunningModel model, Golden golden, RunningModel.RowReader reader) {
        model.feed(
                golden.tokens,
                0,
                golden.tokens.length,
                golden.promptTokens - 1,
                SLICE_TOKENS,
                RunningModel.pages(0, golden.tokens.length),
                reader);
    }

    private double referenceMean() {
        return perplexity.path("mean_nll").path("transformers_fp32").doubleValue();
    }

    private double meanNegativeLogLikelihood(RunningModel model) {
        int[] tokens = ints(perplexity.path("tokens"));
        double[] sum = {0};
        model.feed(
                tokens,
                0,
                tokens.length - 1,
                0,
                SLICE_TOKENS,
                RunningModel.pages(0, tokens.length),
                (position, row) -> sum[0] += negativeLogLikelihood(row, tokens[position + 1]));
        return sum[0] / (tokens.length - 1);
    }

    private static double negativeLogLikelihood(MemorySegment row, int token) {
        float[] logits = RunningModel.floats(row);
        double max = logits[RunningModel.argMax(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum) - logits[token];
    }
}
