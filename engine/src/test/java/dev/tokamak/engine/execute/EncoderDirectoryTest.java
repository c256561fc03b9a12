package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedEncoder;
import dev.tokamak.models.LoadedReranker;
import dev.tokamak.models.architecture.EncoderModel;
import dev.tokamak.models.tokenizer.TokenPair;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Hugging Face directories of encoders against what transformers computes, see the README beside them.
class EncoderDirectoryTest {

    private static final float TOLERANCE = 1e-4f;
    private static final int MAX_TOKENS = 640;

    private final LoadOptions options =
            new LoadOptions(Numerics.EXACT, WorkerTeam.start(1), LoadOptions.Progress.NONE);

    @ParameterizedTest
    @ValueSource(strings = {"bert", "xlm-roberta", "modernbert", "qwen3-words"})
    void score_ofTexts_isThatOfTheReference(String name) throws Exception {
        Path folder = folder(name);
        try (WorkerTeam team = options.team();
                Kernels kernels = KernelProvider.of(KernelProvider.available().getFirst());
                LoadedReranker model = LoadedReranker.load(folder, options);
                CpuEncoder encoder = create(model.encoder(), kernels, team)) {
            for (JsonNode golden : expected(folder)) {
                TokenPair pair =
                        model.pair(
                                golden.path("query").stringValue(),
                                golden.path("document").stringValue());
                assertThat(pair.tokens()).containsExactly(tokens(golden));
                assertThat(encoder.score(pair))
                        .isCloseTo(golden.path("score").floatValue(), within(TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "modernbert"})
    void score_whenQuantizedOnLoad_isNearThatOfTheReference(String name) throws Exception {
        Path folder = folder(name);
        LoadOptions quantized =
                new LoadOptions(
                        Numerics.EXACT,
                        Optional.of(TargetType.Q8_0),
                        options.team(),
                        LoadOptions.Progress.NONE);
        try (WorkerTeam team = options.team();
                Kernels kernels = KernelProvider.of(KernelProvider.available().getFirst());
                LoadedReranker model = LoadedReranker.load(folder, quantized);
                CpuEncoder encoder = create(model.encoder(), kernels, team)) {
            JsonNode golden = expected(folder).path(0);
            TokenPair pair =
                    model.pair(
                            golden.path("query").stringValue(),
                            golden.path("document").stringValue());
            assertThat(encoder.score(pair))
                    .isCloseTo(golden.path("score").floatValue(), within(0.1f))
                    .isNotEqualTo(golden.path("score").floatValue());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nomic-bert", "qwen3"})
    void embedding_ofTexts_isThatOfTheReference(String name) throws Exception {
        Path folder = folder(name);
        try (WorkerTeam team = options.team();
                Kernels kernels = KernelProvider.of(KernelProvider.available().getFirst());
                LoadedEncoder model = LoadedEncoder.load(folder, options);
                CpuEncoder encoder = create(model.encoder(), kernels, team)) {
            for (JsonNode golden : expected(folder)) {
                int[] tokens =
                        model.tokenizer().encode(golden.path("text").stringValue(), true, false);
                assertThat(tokens).containsExactly(tokens(golden));
                float[] vector = encoder.embedding(tokens);
                for (int i = 0; i < vector.length; i++) {
                    assertThat(vector[i])
                            .isCloseTo(
                                    golden.path("embedding").path(i).floatValue(),
                                    within(TOLERANCE));
                }
            }
        }
    }

    private static CpuEncoder create(EncoderModel model, Kernels kernels, WorkerTeam team) {
        int longest = Math.min(MAX_TOKENS, model.shape().contextTokens());
        return CpuEncoder.create(model, kernels, team, longest);
    }

    private static int[] tokens(JsonNode golden) {
        return golden.path("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    private static JsonNode expected(Path folder) throws Exception {
        return JsonMapper.shared().readTree(Files.readString(folder.resolve("expected.json")));
    }

    private static Path folder(String name) throws Exception {
        String file = "/encoders/" + name + "/config.json";
        URL config = Objects.requireNonNull(EncoderDirectoryTest.class.getResource(file));
        return Path.of(config.toURI()).resolveSibling("");
    }
}
