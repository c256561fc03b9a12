package dev.tokamak.models.huggingface;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// Writes small Hugging Face directories for tests, also impossible ones. Confined to one thread.
final class TinyDirectory {

    static final String CONFIG =
            """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": 8, "intermediate_size": 16,
             "num_attention_heads": 2, "num_hidden_layers": 1, "max_position_embeddings": 64,
             "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": true}
            """;

    private TinyDirectory() {}

    /// A network of one layer without its tokenizer.
    static Path write(Path folder) {
        write(folder.resolve("config.json"), CONFIG.getBytes(StandardCharsets.UTF_8));
        write(folder.resolve("model.safetensors"), safetensors(tensors()));
        return folder;
    }

    static Map<String, int[]> tensors() {
        Map<String, int[]> tensors = new LinkedHashMap<>();
        tensors.put("model.embed_tokens.weight", new int[] {32, 8});
        tensors.put("model.norm.weight", new int[] {8});
        String layer = "model.layers.0.";
        tensors.put(layer + "input_layernorm.weight", new int[] {8});
        tensors.put(layer + "post_attention_layernorm.weight", new int[] {8});
        for (String name : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
            tensors.put(layer + "self_attn." + name + ".weight", new int[] {8, 8});
        }
        tensors.put(layer + "mlp.gate_proj.weight", new int[] {16, 8});
        tensors.put(layer + "mlp.up_proj.weight", new int[] {16, 8});
        tensors.put(layer + "mlp.down_proj.weight", new int[] {8, 16});
        return tensors;
    }

    /// A file of fp32 tensors whose elements are 0, 1, 2 and so on.
    static byte[] safetensors(Map<String, int[]> tensors) {
        int offset = 0;
        StringBuilder header = new StringBuilder("{");
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Map.Entry<String, int[]> tensor : tensors.entrySet()) {
            int count = 1;
            for (int size : tensor.getValue()) {
                count *= size;
            }
            counts.put(tensor.getKey(), count);
            String shape =
                    java.util.Arrays.stream(tensor.getValue())
                            .mapToObj(String::valueOf)
                            .collect(Collectors.joining(","));
            header.append(header.length() == 1 ? "" : ",")
                    .append(
                            "\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                                    .formatted(tensor.getKey(), shape, offset, offset + 4 * count));
            offset += 4 * count;
        }
        ByteBuffer data = ByteBuffer.allocate(offset).order(ByteOrder.LITTLE_ENDIAN);
        for (int count : counts.values()) {
            for (int i = 0; i < count; i++) {
                data.putFloat(i);
            }
        }
        return safetensors(header.append("}").toString(), data.array());
    }

    static byte[] safetensors(String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data)
                .array();
    }

    static void write(Path path, byte[] bytes) {
        try {
            Files.write(path, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
