package dev.tokamak.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.convert.Conversion;
import dev.tokamak.models.convert.ConversionOptions;
import dev.tokamak.models.convert.ConversionPlan;
import dev.tokamak.models.convert.Preset;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.gguf.TensorReader;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A directory of one layer whose matrices are GPTQ's: most with zero points, those of keys permuted, those upward symmetric.
class QuantisedDirectoryTest {

    private static final int HIDDEN = 64;
    private static final int GROUP = 32;
    private static final String CONFIG =
            """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "intermediate_size": 96,
             "num_attention_heads": 2, "num_hidden_layers": 1, "max_position_embeddings": 64,
             "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": true,
             "quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": true}}
            """;

    @TempDir private Path folder;

    private final Random random = new Random(20261122);
    private final StringBuilder header = new StringBuilder();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    @BeforeEach
    void writeDirectory() {
        put("model.embed_tokens.weight", "F16", "32,64", halves(32 * HIDDEN));
        put("model.norm.weight", "F16", "64", halves(HIDDEN));
        String layer = "model.layers.0.";
        put(layer + "input_layernorm.weight", "F16", "64", halves(HIDDEN));
        put(layer + "post_attention_layernorm.weight", "F16", "64", halves(HIDDEN));
        for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
            putMatrix(layer + "self_attn." + name, 64, 64, 0, name.equals("k_proj"));
        }
        putMatrix(layer + "mlp.gate_proj", 96, 64, 0, false);
        putMatrix(layer + "mlp.up_proj", 96, 64, 0x77777777, false);
        putMatrix(layer + "mlp.down_proj", 64, 96, 0, false);
        TinyDirectory.write(folder.resolve("config.json"), CONFIG.getBytes(StandardCharsets.UTF_8));
        TinyDirectory.write(
                folder.resolve("model.safetensors"),
                TinyDirectory.safetensors(header.append('}').toString(), data.toByteArray()));
    }

    @Test
    void open_whenMatricesAreQuantised_showsTheSmallestExactTypes() {
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            assertThat(directory.format()).isEqualTo("safetensors quantised as gptq");
            Map<String, GgmlType> expected =
                    Map.of(
                            "attn_q", GgmlType.Q5_0,
                            "attn_k", GgmlType.F32,
                            "ffn_gate", GgmlType.Q5_0,
                            "ffn_up", GgmlType.Q4_0);
            expected.forEach(
                    (name, type) ->
                            assertThat(tensor(directory, name).type()).as(name).isEqualTo(type));
        }
    }

    @Test
    void reader_ofAnyTensor_givesTheRowsOfTheWhole() {
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder);
                Arena arena = Arena.ofConfined()) {
            for (GgufTensor tensor : directory.tensors()) {
                MemorySegment whole = directory.map(tensor, arena);
                TensorReader reader = directory.reader(tensor, arena);
                long rows = tensor.rows();
                long rowBytes = tensor.rowBytes();
                for (long row = rows - 1; row >= 0; row--) {
                    long count = Math.min(rows - row, 3);
                    MemorySegment expected = whole.asSlice(row * rowBytes, count * rowBytes);
                    assertThat(reader.rows(row, count).mismatch(expected)).isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void convert_toTypeThatMatricesHave_copiesThem() throws InterruptedException {
        Path target = folder.resolve("model.gguf");
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder);
                WorkerTeam team = WorkerTeam.start(2)) {
            ConversionOptions options =
                    new ConversionOptions(Preset.Q5_0, List.of(), Optional.empty(), false);
            ConversionPlan plan = ConversionPlan.of(directory, options);
            new Conversion(directory, plan, options, team, LoadOptions.Progress.NONE)
                    .writeTo(target);
            try (GgufFile written = GgufFile.open(target);
                    Arena arena = Arena.ofConfined()) {
                for (String name : List.of("attn_q", "attn_v", "ffn_gate", "ffn_down")) {
                    GgufTensor copy = tensor(written, name);
                    assertThat(copy.type()).isEqualTo(GgmlType.Q5_0);
                    assertThat(
                                    written.map(copy, arena)
                                            .mismatch(
                                                    directory.map(tensor(directory, name), arena)))
                            .isEqualTo(-1);
                }
                assertThat(tensor(written, "attn_k").type()).isEqualTo(GgmlType.Q5_0);
            }
        }
    }

    private static GgufTensor tensor(ModelFile file, String name) {
        return file.tensor("blk.0." + name + ".weight").orElseThrow();
    }

    /// @param zeros a word of zero points, random ones for 0
    private void putMatrix(String name, int rows, int columns, int zeros, boolean permuted) {
        int groups = columns / GROUP;
        put(name + ".qweight", "I32", columns / 8 + "," + rows, words(columns / 8 * rows, 0));
        put(name + ".qzeros", "I32", groups + "," + rows / 8, words(groups * rows / 8, zeros));
        put(name + ".scales", "F16", groups + "," + rows, halves(groups * rows));
        ByteBuffer list = ByteBuffer.allocate(4 * columns).order(ByteOrder.LITTLE_ENDIAN);
        for (int column = 0; column < columns; column++) {
            list.putInt(permuted ? column % groups : column / GROUP);
        }
        put(name + ".g_idx", "I32", String.valueOf(columns), list.array());
    }

    private byte[] words(int count, int word) {
        ByteBuffer words = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            words.putInt(word == 0 ? random.nextInt() : word);
        }
        return words.array();
    }

    private byte[] halves(int count) {
        ByteBuffer halves = ByteBuffer.allocate(2 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            halves.putShort(Float.floatToFloat16(random.nextFloat(0.001f, 0.1f)));
        }
        return halves.array();
    }

    private void put(String name, String type, String shape, byte[] bytes) {
        header.append(header.isEmpty() ? "{" : ",")
                .append(
                        "\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                                .formatted(
                                        name,
                                        type,
                                        shape,
                                        data.size(),
                                        data.size() + bytes.length));
        data.writeBytes(bytes);
    }
}
