package dev.tokamak.models.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.rope.RopeTable;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.TinyGguf;
import dev.tokamak.models.architecture.RopeFrequencies.Divisors;
import dev.tokamak.models.architecture.RopeFrequencies.Variant;
import dev.tokamak.models.gguf.GgufBuilder;
import dev.tokamak.models.gguf.GgufFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RopeFrequenciesTest {

    private static final Offset<Double> CLOSE = Offset.offset(1e-12);

    @TempDir Path folder;

    @Test
    void frequencies_withoutScaling_fallGeometrically() {
        RopeFrequencies rope = rope(new GgufBuilder().float32("llama.rope.freq_base", 10_000), 8);
        assertThat(rope.frequencies()).containsExactly(new double[] {1, 0.1, 0.01, 0.001}, CLOSE);
        assertThat(rope.scaling().magnitude()).isEqualTo(1);
    }

    @Test
    void frequencies_withLinearScaling_areDividedByTheFactor() {
        GgufBuilder metadata =
                new GgufBuilder()
                        .string("llama.rope.scaling.type", "linear")
                        .float32("llama.rope.scaling.factor", 4);
        assertThat(rope(metadata, 8).frequencies())
                .containsExactly(new double[] {0.25, 0.025, 0.0025, 0.00025}, CLOSE);
    }

    @Test
    void frequencies_withScalingTypeNone_ignoreTheFactor() {
        GgufBuilder metadata =
                new GgufBuilder()
                        .string("llama.rope.scaling.type", "none")
                        .float32("llama.rope.scaling.factor", 4);
        assertThat(rope(metadata, 4).frequencies()).containsExactly(new double[] {1, 0.01}, CLOSE);
    }

    /// Expected values by the formulas of the paper: pairs up to 20 keep their speed, pairs from 46 on are stretched.
    @Test
    void frequencies_withYarn_keepFastPairsAndStretchSlowOnes() {
        GgufBuilder metadata =
                new GgufBuilder()
                        .string("llama.rope.scaling.type", "yarn")
                        .float32("llama.rope.scaling.factor", 4)
                        .uint32("llama.rope.scaling.original_context_length", 4096);
        RopeFrequencies rope = rope(metadata, 128);
        double[] frequencies = rope.frequencies();
        assertThat(frequencies[20]).isCloseTo(Math.pow(10_000, -20 / 64.0), CLOSE);
        assertThat(frequencies[33])
                .isCloseTo(Math.pow(10_000, -33 / 64.0) * (0.5 + 0.5 / 4), CLOSE);
        assertThat(frequencies[46]).isCloseTo(Math.pow(10_000, -46 / 64.0) / 4, CLOSE);
        assertThat(rope.scaling().magnitude()).isCloseTo(1 + 0.1 * Math.log(4), CLOSE);
    }

    /// As the sliding layers of Gemma 3, whose full layers are stretched.
    @Test
    void frequencies_ofSlidingLayers_haveTheirOwnBaseAndNoStretch() {
        GgufBuilder metadata =
                new GgufBuilder()
                        .float32("llama.rope.freq_base", 1_000_000)
                        .float32("llama.rope.freq_base_swa", 100)
                        .string("llama.rope.scaling.type", "linear")
                        .float32("llama.rope.scaling.factor", 8);
        assertThat(rope(metadata, 4, Variant.SLIDING).frequencies())
                .containsExactly(new double[] {1, 0.1}, CLOSE);
    }

    /// As the sliding layers of OLMo 3, whose full layers are stretched.
    @Test
    void frequencies_ofUnstretchedLayers_haveTheUsualBase() {
        GgufBuilder metadata =
                new GgufBuilder()
                        .float32("llama.rope.freq_base", 100)
                        .string("llama.rope.scaling.type", "yarn")
                        .float32("llama.rope.scaling.factor", 8);
        RopeFrequencies rope = rope(metadata, 4, Variant.UNSTRETCHED);
        assertThat(rope.frequencies()).containsExactly(new double[] {1, 0.1}, CLOSE);
        assertThat(rope.scaling().magnitude()).isEqualTo(1);
    }

    /// As DeepSeek-V2: the file gives a tenth of the multiplier, which cancels in cosines and sines.
    @Test
    void frequencies_ofLatentAttention_keepTheirMagnitude() {
        GgufBuilder metadata =
                new GgufBuilder()
                        .string("llama.rope.scaling.type", "yarn")
                        .float32("llama.rope.scaling.factor", 40)
                        .float32("llama.rope.scaling.yarn_log_multiplier", 0.0707f);
        assertThat(rope(metadata, 64, Variant.LATENT).scaling().magnitude()).isCloseTo(1, CLOSE);
    }

    /// Files of Phi 3 have the divisors and do not name the scaling.
    @Test
    void table_ofLongRope_turnsLongSequencesOtherwise() {
        GgufBuilder metadata =
                new TinyGguf()
                        .build()
                        .uint32("llama.rope.scaling.original_context_length", 4096)
                        .tensor("rope_factors_short.weight", TensorType.F32, floats(1), 8)
                        .tensor("rope_factors_long.weight", TensorType.F32, floats(3), 8);
        try (GgufFile file = open(metadata)) {
            RopeTable table = longRope(file, 8192).table();
            assertThat(table.shortTokens()).isEqualTo(4096);
            assertThat(table.row(5, 4096)).isEqualTo(5);
            assertThat(table.row(5, 4097)).isEqualTo(8192 + 5);
            assertThat(longRope(file, 4096).table().shortTokens()).isEqualTo(Integer.MAX_VALUE);
        }
    }

    private static RopeFrequencies longRope(GgufFile file, int contextTokens) {
        Hyperparameters numbers = new Hyperparameters(file, "llama");
        TensorDirectory tensors = new TensorDirectory(file);
        return RopeFrequencies.of(
                numbers,
                Pairing.ADJACENT,
                16,
                contextTokens,
                Divisors.take(numbers, tensors, 16, contextTokens),
                Variant.USUAL);
    }

    @Test
    void scaling_ofLongRope_growsWithTheContext() {
        GgufBuilder metadata =
                new GgufBuilder()
                        .string("llama.rope.scaling.type", "longrope")
                        .uint32("llama.rope.scaling.original_context_length", 4096);
        double magnitude = rope(metadata, 8).scaling().magnitude();
        assertThat(magnitude).isCloseTo(Math.sqrt(1 + Math.log(4) / Math.log(4096)), CLOSE);
    }

    @Test
    void describe_withDivisors_dividesByThem() {
        try (GgufFile file = open(withDivisors(floats(1)))) {
            VectorTensor tensor = new TensorDirectory(file).vector("rope_freqs.weight", 8);
            RopeFrequencies rope =
                    RopeFrequencies.of(
                            new Hyperparameters(file, "llama"),
                            Pairing.ADJACENT,
                            16,
                            512,
                            divisors(file, tensor),
                            Variant.USUAL);
            double[] frequencies = rope.frequencies();
            assertThat(frequencies[0]).isEqualTo(1);
            assertThat(frequencies[4]).isCloseTo(0.01 / 5, CLOSE);
        }
    }

    @Test
    void describe_withDivisorOfZero_isRefused() {
        try (GgufFile file = open(withDivisors(new byte[32]))) {
            VectorTensor tensor = new TensorDirectory(file).vector("rope_freqs.weight", 8);
            RopeFrequencies rope =
                    RopeFrequencies.of(
                            new Hyperparameters(file, "llama"),
                            Pairing.ADJACENT,
                            16,
                            512,
                            divisors(file, tensor),
                            Variant.USUAL);
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(rope::frequencies)
                    .withMessageContaining("element 0 of tensor 'rope_freqs.weight' is 0.0");
        }
    }

    private static Divisors divisors(GgufFile file, VectorTensor tensor) {
        return new Divisors(file, Optional.of(tensor), Optional.empty(), Integer.MAX_VALUE);
    }

    /// Eight floats, each 1 more than the one before.
    private static byte[] floats(int first) {
        ByteBuffer floats = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 8; i++) {
            floats.putFloat(first + i);
        }
        return floats.array();
    }

    private static GgufBuilder withDivisors(byte[] divisors) {
        return new TinyGguf().build().tensor("rope_freqs.weight", TensorType.F32, divisors, 8);
    }

    private RopeFrequencies rope(GgufBuilder metadata, int rotatedDim) {
        return rope(metadata, rotatedDim, Variant.USUAL);
    }

    private RopeFrequencies rope(GgufBuilder metadata, int rotatedDim, Variant variant) {
        try (GgufFile file = open(metadata)) {
            return RopeFrequencies.of(
                    new Hyperparameters(file, "llama"),
                    Pairing.ADJACENT,
                    rotatedDim,
                    16_384,
                    Divisors.none(file),
                    variant);
        }
    }

    private GgufFile open(GgufBuilder builder) {
        return GgufFile.open(builder.write(folder.resolve("rope.gguf")));
    }
}
