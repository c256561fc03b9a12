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
import dev.tokamak.models.SharedFolder;
import dev.tokamak.models.architecture.Pooling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An encoder against hidden states and pooled vectors of the reference implementation.
class CpuEncoderTest {

    /// The reference has the error function too.
    private static final float TOLERANCE = 1e-3f;

    private static final int MAX_TOKENS = 256;

    @Test
    void rows_ofGoldenEncoder_areThoseOfTheReferenceOnEveryTier() throws Exception {
        requireReferenceOf("model.gguf");
    }

    @Test
    void rows_ofGoldenEncoderAsDirectory_areThoseOfTheReferenceOnEveryTier() throws Exception {
        requireReferenceOf("hf");
    }

    private static void requireReferenceOf(String model) throws Exception {
        JsonNode golden =
                JsonMapper.shared()
                        .readTree(
                                Files.readString(
                                        SharedFolder.require(
                                                "golden/architectures/bert/expected.json")));
        List<Tier> tiers = List.of(KernelProvider.available().getFirst(), Tier.SCALAR);
        for (Tier tier : tiers) {
            try (Running running = new Running(tier, model)) {
                for (JsonNode one : golden.path("cases")) {
                    requireReference(running.encoder, one);
                }
            }
        }
    }

    private static void requireReference(CpuEncoder encoder, JsonNode golden) {
        int[] tokens = golden.path("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
        float[][] rows = encoder.rows(tokens);
        JsonNode hidden = golden.path("hidden_last");
        int columns = rows[0].length;
        assertThat(hidden.size()).isEqualTo(tokens.length * columns);
        for (int i = 0; i < hidden.size(); i++) {
            assertThat(rows[i / columns][i % columns])
                    .as("token %d of %d, column %d", i / columns, tokens.length, i % columns)
                    .isCloseTo(hidden.path(i).floatValue(), within(TOLERANCE));
        }
        requireClose(CpuEncoder.pooled(rows, Pooling.MEAN), golden.path("pooled"));
        requireClose(encoder.embedding(tokens), golden.path("pooled_normalised"));
    }

    private static void requireClose(float[] vector, JsonNode expected) {
        assertThat(vector).hasSize(expected.size());
        for (int i = 0; i < vector.length; i++) {
            assertThat(vector[i]).isCloseTo(expected.path(i).floatValue(), within(TOLERANCE));
        }
    }

    @Test
    void rows_onDifferentTiersAndTeams_areTheSameBits() {
        int[] tokens = IntStream.range(0, 70).map(i -> 5 + i * 7 % 500).toArray();
        try (Running fast = new Running(KernelProvider.available().getFirst());
                Running plain = new Running(Tier.SCALAR)) {
            assertThat(fast.encoder.rows(tokens)).isDeepEqualTo(plain.encoder.rows(tokens));
            assertThat(fast.encoder.rows(tokens)).isDeepEqualTo(fast.encoder.rows(tokens));
        }
    }

    @Test
    void rows_ofNoneTooManyOrUnknownTokens_areRefusedWithTheLimit() {
        try (Running running = new Running(Tier.SCALAR)) {
            assertThatThrownBy(() -> running.encoder.rows(new int[0]))
                    .hasMessage("a text has 1 to 256 tokens, found 0");
            assertThatThrownBy(() -> running.encoder.rows(new int[257]))
                    .hasMessage("a text has 1 to 256 tokens, found 257");
            assertThatThrownBy(() -> running.encoder.rows(new int[] {512}))
                    .hasMessage("token 512 is outside the vocabulary of 512");
        }
    }

    @Test
    void pooled_takesFirstLastOrMean() {
        float[][] rows = {{1, 2}, {3, 6}};
        assertThat(CpuEncoder.pooled(rows, Pooling.FIRST)).containsExactly(1, 2);
        assertThat(CpuEncoder.pooled(rows, Pooling.LAST)).containsExactly(3, 6);
        assertThat(CpuEncoder.pooled(rows, Pooling.MEAN)).containsExactly(2, 4);
        assertThat(CpuEncoder.normalised(new float[] {3, 4})).containsExactly(0.6f, 0.8f);
        assertThat(CpuEncoder.normalised(new float[] {0, 0})).containsExactly(0, 0);
    }

    private static final class Running implements AutoCloseable {

        private final WorkerTeam team = WorkerTeam.start(2);
        private final Kernels kernels;
        private final LoadedEncoder model;
        private final CpuEncoder encoder;

        Running(Tier tier) {
            this(tier, "model.gguf");
        }

        Running(Tier tier, String name) {
            Path file = SharedFolder.require("golden/architectures/bert/" + name);
            kernels = KernelProvider.of(tier);
            model =
                    LoadedEncoder.load(
                            file, new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE));
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
