package dev.tokamak.models.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.SharedFolder;
import dev.tokamak.models.TinyGguf;
import dev.tokamak.models.gguf.GgufBuilder;
import dev.tokamak.models.gguf.GgufFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ArchitecturesTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "llama,            2, false, 128, 4, 2, 32",
        "llama-rope3-tied, 3, true,   64, 4, 1, 64",
        "mistral,          3, false,  64, 4, 2, 64",
        "qwen2,            2, false, 128, 4, 2, 32"
    })
    void describe_goldenModel_givesItsShape(
            String name, int layers, boolean tied, int hidden, int heads, int kvHeads, int dim) {
        try (GgufFile file = GgufFile.open(golden(name));
                WorkerTeam team = WorkerTeam.start(1);
                Arena arena = Arena.ofConfined()) {
            DecoderDescription description = Architectures.describe(file);
            assertThat(description.shape())
                    .isEqualTo(new DecoderShape(512, hidden, heads, kvHeads, dim, 512));
            assertThat(description.layerCount()).isEqualTo(layers);
            assertThat(description.isTied()).isEqualTo(tied);
            DecoderModel model =
                    description.load(new WeightPacker(Numerics.EXACT, team), arena, _ -> {});
            assertThat(model.layers()).hasSize(layers);
            assertThat(model.head().projection().weights() == model.embedding().weights())
                    .isEqualTo(tied);
            assertThat(
                            ((AttentionBlock.Grouped) model.layers().getFirst().attention())
                                    .projections()
                                    .query()
                                    .bias()
                                    .isPresent())
                    .isEqualTo(name.equals("qwen2"));
        }
    }

    private static Path golden(String name) {
        return SharedFolder.require("golden/architectures/" + name + "/model.gguf");
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void load_ofEveryType_addsUpToPackedBytes(TensorType type) {
        Path path = new TinyGguf().type(type).architecture("qwen2").write(folder);
        try (GgufFile file = GgufFile.open(path);
                WorkerTeam team = WorkerTeam.start(2);
                Arena arena = Arena.ofShared()) {
            WeightPacker packer = new WeightPacker(Numerics.EXACT, team);
            DecoderDescription description = Architectures.describe(file);
            AtomicLong packed = new AtomicLong();
            DecoderModel model = description.load(packer, arena, packed::addAndGet);
            assertThat(packed.get()).isPositive().isLessThan(description.packedBytes(packer));
            NormWeights norm = model.head().norm();
            assertThat(norm.weight().address() % 64).isZero();
            assertThat(norm.epsilon()).isEqualTo(1e-5f);
            float stored =
                    file.map(file.tensor("output_norm.weight").orElseThrow(), arena)
                            .get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4);
            assertThat(norm.weight().getAtIndex(ValueLayout.JAVA_FLOAT, 1)).isEqualTo(stored);
        }
    }

    @Test
    void describe_unknownArchitecture_namesItAndTheSupportedOnes() {
        GgufBuilder file = new TinyGguf().build().string("general.architecture", "unheard");
        assertRefused(
                file,
                ModelException.Code.UNSUPPORTED,
                "architecture 'unheard' is not supported; supported: llama, mistral3");
    }

    @ParameterizedTest
    @CsvSource({
        "qwen35, gated delta nets",
        "mamba, state-space models",
        "nemotron_h, some of its layers are state-space models",
        "rwkv7, recurrent",
        "lfm2, short convolutions",
        "mpt, ALiBi",
        "t5, distance of positions in a way of its own",
        "deepseek32, sparse attention"
    })
    void describe_knownButUnsupportedArchitecture_saysWhatIsMissing(String name, String reason) {
        GgufBuilder file = new TinyGguf().build().string("general.architecture", name);
        assertRefused(file, ModelException.Code.UNSUPPORTED, reason);
    }

    @Test
    void describe_baichuanOf40Layers_saysWhatIsMissing() {
        GgufBuilder file =
                new TinyGguf().architecture("baichuan").build().uint32("baichuan.block_count", 40);
        assertRefused(file, ModelException.Code.UNSUPPORTED, "ALiBi");
    }

    @Test
    void describe_gemma4WithHugeSignals_namesTheLimit() {
        GgufBuilder file =
                new TinyGguf()
                        .architecture("gemma4")
                        .build()
                        .uint32("gemma4.embedding_length_per_layer_input", 1 << 22);
        assertRefused(file, ModelException.Code.CORRUPT_FILE, "the limit is 4194304 for all");
    }

    @Test
    void describe_gemma4BorrowingFromNoLayer_isRefused() {
        GgufBuilder file =
                new TinyGguf()
                        .architecture("gemma4")
                        .build()
                        .uint32("gemma4.attention.shared_kv_layers", 2);
        assertRefused(file, ModelException.Code.CORRUPT_FILE, "expected 0 to 1");
    }

    @Test
    void describeReranker_withSeveralLabels_isRefused() {
        Path path =
                new TinyGguf()
                        .hidden(64, 128)
                        .build()
                        .tensor("cls.output.weight", TensorType.F32, new byte[3 * 64 * 4], 64, 3)
                        .write(folder.resolve("labels.gguf"));
        try (GgufFile file = GgufFile.open(path)) {
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> Architectures.describeReranker(file))
                    .withMessageContaining("3 outputs, 0 of them named; a reranker has one");
        }
    }

    @Test
    void describe_withoutArchitecture_namesTheKey() {
        GgufBuilder file = new TinyGguf().build().without("general.architecture");
        assertRefused(file, ModelException.Code.CORRUPT_FILE, "'general.architecture' is missing");
    }

    @Test
    void describe_withMissingTensor_namesIt() {
        GgufBuilder file = new TinyGguf().build().withoutTensor("blk.1.ffn_up.weight");
        assertRefused(
                file, ModelException.Code.CORRUPT_FILE, "tensor 'blk.1.ffn_up.weight' is missing");
    }

    @Test
    void describe_withoutRequiredBias_namesIt() {
        GgufBuilder file =
                new TinyGguf().architecture("qwen2").build().withoutTensor("blk.0.attn_k.bias");
        assertRefused(
                file, ModelException.Code.CORRUPT_FILE, "tensor 'blk.0.attn_k.bias' is missing");
    }

    @Test
    void describe_withWrongShape_namesBothShapes() {
        GgufBuilder file = new TinyGguf().build();
        file.tensor("blk.0.attn_k.weight", TensorType.F16, new byte[64 * 16 * 2], 64, 16);
        assertRefused(
                file,
                ModelException.Code.CORRUPT_FILE,
                "tensor 'blk.0.attn_k.weight' has shape [64, 16], expected [64, 32]");
    }

    @Test
    void describe_withUnexpectedTensor_namesIt() {
        GgufBuilder file = new TinyGguf().build();
        file.tensor("blk.0.attn_q_norm.weight", TensorType.F32, new byte[16 * 4], 16);
        assertRefused(file, ModelException.Code.UNSUPPORTED, "'blk.0.attn_q_norm.weight'");
    }

    @Test
    void describe_withUnsupportedTensorType_namesItAndTheSupportedOnes() {
        GgufBuilder file = new TinyGguf().type(TensorType.Q4_K).build();
        file.tensor("blk.0.ffn_down.weight", 24, new byte[512 * 256], 512, 256);
        assertRefused(
                file,
                ModelException.Code.UNSUPPORTED,
                "tensor 'blk.0.ffn_down.weight' has type I8, which is not supported; supported: F32, F16");
    }

    @Test
    void describe_withQuantisedNorm_namesItsType() {
        GgufBuilder file = new TinyGguf().build();
        file.tensor("output_norm.weight", TensorType.Q8_0, new byte[68], 64);
        assertRefused(file, ModelException.Code.UNSUPPORTED, "'output_norm.weight' has type Q8_0");
    }

    @Test
    void describe_withUnknownRopeScaling_namesIt() {
        GgufBuilder file = new TinyGguf().build().string("llama.rope.scaling.type", "dynamic");
        assertRefused(
                file,
                ModelException.Code.UNSUPPORTED,
                "'llama.rope.scaling.type' is 'dynamic', which is not supported");
    }

    @ParameterizedTest
    @CsvSource({
        "block_count,             0, 'llama.block_count'' is 0, expected 1 to 4096'",
        "block_count,            -1, 'is 4294967295, expected 1 to 4096'",
        "attention.head_count_kv, 3, '4 query heads are no multiple of 3'",
        "attention.head_count_kv, 8, 'is 8, expected 1 to 4'",
        "rope.dimension_count,   18, 'is 18, expected 1 to 16'",
        "rope.dimension_count,   15, 'is 15, expected an even number'",
        "context_length,          0, 'is 0, expected 1 to'",
        "embedding_length,       32, 'tensor ''token_embd.weight'' has shape'"
    })
    void describe_withImpossibleNumber_namesValueAndLimit(String key, int value, String expected) {
        GgufBuilder file = new TinyGguf().build().uint32("llama." + key, value);
        assertRefused(file, ModelException.Code.CORRUPT_FILE, expected);
    }

    @ParameterizedTest
    @CsvSource({"logit_scale, 16", "attn_logit_softcapping, 50"})
    void describe_withForeignArithmetic_isRefused(String key, int value) {
        GgufBuilder file = new TinyGguf().build().uint32("llama." + key, value);
        assertRefused(file, ModelException.Code.UNSUPPORTED, "support");
    }

    @Test
    void describe_withOtherVocabularyThanEmbedding_namesBoth() {
        GgufBuilder file = new TinyGguf().build().strings("tokenizer.ggml.tokens", List.of("a"));
        assertRefused(file, ModelException.Code.CORRUPT_FILE, "rows, expected 1 for");
    }

    @Test
    void describe_partOfSplitModel_isRefused() {
        assertRefused(
                new TinyGguf().build().uint32("split.count", 3),
                ModelException.Code.UNSUPPORTED,
                "one of 3 parts");
    }

    private void assertRefused(GgufBuilder builder, ModelException.Code code, String message) {
        assertRefused(builder.write(folder.resolve("changed.gguf")), code, message);
    }

    private static void assertRefused(Path path, ModelException.Code code, String message) {
        try (GgufFile file = GgufFile.open(path)) {
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> Architectures.describe(file))
                    .withMessageStartingWith(path.toString())
                    .withMessageContaining(message)
                    .satisfies(e -> assertThat(e.code()).isEqualTo(code));
        }
    }
}
