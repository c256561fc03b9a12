package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedEncoder;
import dev.tokamak.models.LoadedReranker;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.SharedFolder;
import dev.tokamak.models.tokenizer.TokenPair;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rerankers against scores of llama.cpp, see the README beside the files.
class RerankTest {

    private static final int MAX_TOKENS = 64;
    private static final String SHORT = "1 70 71 2 75 90 100 2";
    private static final String LONG =
            "1 260 270 5 9 11 261 2 275 276 277 33 44 55 66 77 88 99 111 122 133 2";

    @ParameterizedTest
    @CsvSource({
        "bert, " + SHORT + ", 0.996989",
        "bert, " + LONG + ", 1.32137",
        "modern-bert, " + SHORT + ", -0.23529",
        "modern-bert, " + LONG + ", -0.356883",
        "qwen3, " + SHORT + ", 0.615046",
        "qwen3, " + LONG + ", 0.639015"
    })
    void score_ofTokens_isThatOfTheReferenceOnEveryTier(String name, String tokens, float expected)
            throws Exception {
        int[] ids = Arrays.stream(tokens.split(" ")).mapToInt(Integer::parseInt).toArray();
        TokenPair pair = new TokenPair(ids, ids.length);
        float fast;
        try (Running running = new Running(name, KernelProvider.available().getFirst())) {
            fast = running.encoder.score(pair);
        }
        assertThat(fast).isCloseTo(expected, within(2e-3f));
        try (Running running = new Running(name, Tier.SCALAR)) {
            assertThat(running.encoder.score(pair)).isEqualTo(fast);
        }
    }

    /// Tokens of the second text are of another type, which matters where the model tells types apart.
    @Test
    void score_whenSecondTextIsMarked_usesItsTokenType() throws Exception {
        int[] ids = {1, 70, 71, 2, 75, 90, 100, 2};
        try (Running running = new Running("bert", Tier.SCALAR)) {
            assertThat(running.encoder.score(new TokenPair(ids, 4)))
                    .isNotCloseTo(running.encoder.score(new TokenPair(ids, 8)), within(1e-3f));
        }
        try (Running running = new Running("modern-bert", Tier.SCALAR)) {
            assertThat(running.encoder.score(new TokenPair(ids, 4)))
                    .isEqualTo(running.encoder.score(new TokenPair(ids, 8)));
        }
    }

    @Test
    void load_whenModelIsOfTheOtherKind_saysWhichCommandItIsFor() throws Exception {
        Path reranker = file("bert");
        Path embedder = SharedFolder.require("golden/architectures/bert/model.gguf");
        try (WorkerTeam team = WorkerTeam.start(1)) {
            LoadOptions options = new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE);
            assertThatThrownBy(() -> LoadedEncoder.load(reranker, options))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("tokamak rerank");
            assertThatThrownBy(() -> LoadedReranker.load(embedder, options))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("tokamak embed");
        }
    }

    private static Path file(String name) throws URISyntaxException {
        String path = "/rerank/" + name + ".gguf";
        return Path.of(Objects.requireNonNull(RerankTest.class.getResource(path)).toURI());
    }

    private static final class Running implements AutoCloseable {

        private final WorkerTeam team = WorkerTeam.start(2);
        private final Kernels kernels;
        private final LoadedReranker model;
        private final CpuEncoder encoder;

        Running(String name, Tier tier) throws URISyntaxException {
            kernels = KernelProvider.of(tier);
            model =
                    LoadedReranker.load(
                            file(name),
                            new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE));
            encoder = CpuEncoder.create(model.encoder(), kernels, team, MAX_TOKENS);
        }

        @Override
        public void close() {
            encoder.close();
            model.close();
            kernels.close();
            team.close();
        }
    }
}
