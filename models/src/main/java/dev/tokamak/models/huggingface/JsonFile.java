package dev.tokamak.models.huggingface;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads JSON objects from files of bounded size and depth. Stateless.
final class JsonFile {

    private static final long LARGEST_BYTES = 64L << 20;
    private static final int DEEPEST = 32;
    private static final ObjectMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(DEEPEST)
                                                    .build())
                                    .build())
                    .build();

    private JsonFile() {}

    /// An object that is part of this program.
    static ObjectNode resource(String name) {
        try (InputStream json = JsonFile.class.getResourceAsStream(name)) {
            return (ObjectNode) MAPPER.readTree(Objects.requireNonNull(json, name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ObjectNode read(Path path) {
        if (tree(path) instanceof ObjectNode object) {
            return object;
        }
        throw new Faults(path).corrupt("holds no JSON object");
    }

    static List<JsonNode> readArray(Path path) {
        if (tree(path) instanceof ArrayNode array) {
            return array.valueStream().toList();
        }
        throw new Faults(path).corrupt("holds no JSON array");
    }

    private static JsonNode tree(Path path) {
        Faults faults = new Faults(path);
        try {
            if (!Files.isRegularFile(path)) {
                throw faults.missing("there is no such file");
            }
            long bytes = Files.size(path);
            if (bytes > LARGEST_BYTES) {
                throw faults.corrupt(
                        "has %d bytes, the limit is %d".formatted(bytes, LARGEST_BYTES));
            }
            return MAPPER.readTree(Files.readAllBytes(path));
        } catch (JacksonException e) {
            throw faults.corrupt("is not the JSON expected: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw faults.unreadable(e);
        }
    }
}
