package dev.tokamak.models.huggingface;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
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

    static ObjectNode read(Path path) {
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
            if (MAPPER.readTree(Files.readAllBytes(path)) instanceof ObjectNode object) {
                return object;
            }
            throw faults.corrupt("holds no JSON object");
        } catch (JacksonException e) {
            throw faults.corrupt("is not the JSON expected: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw faults.unreadable(e);
        }
    }
}
