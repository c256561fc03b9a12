package dev.tokamak.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.architecture.Architectures;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenamedFamiliesTest {

    private static final int HIDDEN = 8;

    @TempDir private Path folder;

    @Test
    void open_whenKeysAndValuesFollowTheirQueries_partsThem() {
        write(
                "InternLM2ForCausalLM",
                "\"num_hidden_layers\": 1, \"rms_norm_eps\": 1e-5",
                internLm2(24));
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder);
                Arena arena = Arena.ofConfined()) {
            assertThat(Architectures.describe(directory).layerCount()).isEqualTo(1);
            assertThat(rows(directory, "attn_q", arena))
                    .containsExactly(0, 2, 1, 3, 12, 14, 13, 15);
            assertThat(rows(directory, "attn_k", arena))
                    .containsExactly(4, 6, 5, 7, 16, 18, 17, 19);
            assertThat(rows(directory, "attn_v", arena))
                    .containsExactly(8, 9, 10, 11, 20, 21, 22, 23);
        }
    }

    @Test
    void open_whenRowsAreMissing_saysWhatIsExpected() {
        write(
                "InternLM2ForCausalLM",
                "\"num_hidden_layers\": 1, \"rms_norm_eps\": 1e-5",
                internLm2(20));
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> HuggingFaceDirectory.open(folder).close())
                .withMessageContaining("expected 24 rows");
    }

    @Test
    void open_whenModulesHaveNamesOfTheirOwn_describesTheNetwork() {
        Map<String, int[]> tensors = new LinkedHashMap<>();
        tensors.put("transformer.wte.weight", new int[] {32, HIDDEN});
        tensors.put("transformer.ln_f.weight", new int[] {HIDDEN});
        String layer = "transformer.h.0.";
        tensors.put(layer + "ln_1.weight", new int[] {HIDDEN});
        tensors.put(layer + "ln_2.weight", new int[] {HIDDEN});
        for (String name : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
            tensors.put(layer + "attn.attention." + name + ".weight", new int[] {HIDDEN, HIDDEN});
        }
        tensors.put(layer + "mlp.c_fc_0.weight", new int[] {16, HIDDEN});
        tensors.put(layer + "mlp.c_fc_1.weight", new int[] {16, HIDDEN});
        tensors.put(layer + "mlp.c_proj.weight", new int[] {HIDDEN, 16});
        write("ExaoneForCausalLM", "\"num_layers\": 1, \"layer_norm_epsilon\": 1e-5", tensors);
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            assertThat(Architectures.describe(directory).isTied()).isTrue();
        }
    }

    private static Map<String, int[]> internLm2(int rows) {
        Map<String, int[]> tensors = new LinkedHashMap<>();
        tensors.put("model.tok_embeddings.weight", new int[] {32, HIDDEN});
        tensors.put("model.norm.weight", new int[] {HIDDEN});
        tensors.put("output.weight", new int[] {32, HIDDEN});
        String layer = "model.layers.0.";
        tensors.put(layer + "attention_norm.weight", new int[] {HIDDEN});
        tensors.put(layer + "ffn_norm.weight", new int[] {HIDDEN});
        tensors.put(layer + "attention.wqkv.weight", new int[] {rows, HIDDEN});
        tensors.put(layer + "attention.wo.weight", new int[] {HIDDEN, HIDDEN});
        tensors.put(layer + "feed_forward.w1.weight", new int[] {16, HIDDEN});
        tensors.put(layer + "feed_forward.w3.weight", new int[] {16, HIDDEN});
        tensors.put(layer + "feed_forward.w2.weight", new int[] {HIDDEN, 16});
        return tensors;
    }

    /// The rows of the file that a matrix has: their elements count up.
    private static int[] rows(HuggingFaceDirectory directory, String module, Arena arena) {
        float[] values =
                directory
                        .map(directory.tensor("blk.0." + module + ".weight").orElseThrow(), arena)
                        .toArray(ValueLayout.JAVA_FLOAT);
        int[] rows = new int[values.length / HIDDEN];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = (int) values[row * HIDDEN] / HIDDEN;
        }
        return rows;
    }

    private void write(String type, String settings, Map<String, int[]> tensors) {
        String config =
                """
                {"architectures": ["%s"], "hidden_size": 8, "intermediate_size": 16, "num_attention_heads": 2,
                 "num_key_value_heads": 2, "max_position_embeddings": 64, %s}
                """
                        .formatted(type, settings);
        TinyDirectory.write(folder.resolve("config.json"), config.getBytes(StandardCharsets.UTF_8));
        TinyDirectory.write(
                folder.resolve("model.safetensors"), TinyDirectory.safetensors(tensors));
    }
}
