package dev.tokamak.models.tokenizer.huggingface;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The tokenizer files of a Hugging Face directory, written down in a test.
final class TokenizerFiles {

    static final ObjectMapper MAPPER = new ObjectMapper();

    static final String BYTE_LEVEL =
            "{'type':'ByteLevel','add_prefix_space':false,'trim_offsets':true,'use_regex':%s}";

    private final ObjectNode json = MAPPER.createObjectNode();
    private final ObjectNode model;

    TokenizerFiles(String type) {
        model = json.putObject("model").put("type", type);
        json.putArray("added_tokens");
    }

    /// Single quotes stand for double ones.
    static JsonNode parse(String text) {
        return MAPPER.readTree(text.replace('\'', '"'));
    }

    static String split(String expression, String behavior) {
        return MAPPER.createObjectNode()
                .put("type", "Split")
                .put("behavior", behavior)
                .put("invert", false)
                .set("pattern", MAPPER.createObjectNode().put("Regex", expression))
                .toString();
    }

    TokenizerFiles vocabulary(List<String> tokens) {
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        return this;
    }

    TokenizerFiles vocabulary(Map<String, Integer> ids) {
        ObjectNode vocabulary = model.putObject("vocab");
        ids.forEach(vocabulary::put);
        return this;
    }

    TokenizerFiles merges(List<String> merges) {
        ArrayNode array = model.putArray("merges");
        merges.forEach(array::add);
        return this;
    }

    TokenizerFiles mergePairs(List<String[]> merges) {
        ArrayNode array = model.putArray("merges");
        merges.forEach(pair -> array.addArray().add(pair[0]).add(pair[1]));
        return this;
    }

    TokenizerFiles pieces(List<String> pieces, double[] scores) {
        ArrayNode array = model.putArray("vocab");
        for (int id = 0; id < scores.length; id++) {
            array.addArray().add(pieces.get(id)).add(scores[id]);
        }
        return this;
    }

    TokenizerFiles model(String name, Object value) {
        model.set(name, MAPPER.valueToTree(value));
        return this;
    }

    /// A part of the pipeline; single quotes stand for double ones.
    TokenizerFiles part(String name, String... descriptions) {
        if (descriptions.length == 1) {
            json.set(name, read(descriptions[0]));
            return this;
        }
        String parts =
                switch (name) {
                    case "normalizer" -> "normalizers";
                    case "pre_tokenizer" -> "pretokenizers";
                    case "post_processor" -> "processors";
                    default -> "decoders";
                };
        ArrayNode array = json.putObject(name).put("type", "Sequence").putArray(parts);
        Arrays.stream(descriptions).map(TokenizerFiles::read).forEach(array::add);
        return this;
    }

    private static JsonNode read(String description) {
        return description.startsWith("{'") ? parse(description) : MAPPER.readTree(description);
    }

    TokenizerFiles added(int id, String content, String flags) {
        ObjectNode token = (ObjectNode) parse("{" + flags + "}");
        json.withArray("added_tokens").add(token.put("id", id).put("content", content));
        return this;
    }

    byte[] toBytes() {
        return MAPPER.writeValueAsBytes(json);
    }

    /// The tokenizer of a directory with these files.
    HuggingFaceTokenizer load(Path directory) {
        write(directory, "tokenizer.json", toBytes());
        return HuggingFaceTokenizers.load(directory);
    }

    static void write(Path directory, String name, byte[] content) {
        try {
            Files.write(directory.resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Path directory, String name, String content) {
        write(
                directory,
                name,
                content.replace('\'', '"').getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
