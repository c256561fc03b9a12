package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/// The JSON and text files of one directory, bounded in size and depth. Immutable.
final class JsonFiles {

    private static final long LARGEST_BYTES = 256L << 20;
    private static final int DEEPEST = 64;

    static final ObjectMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(DEEPEST)
                                                    .maxStringLength((int) LARGEST_BYTES)
                                                    .build())
                                    .build())
                    .build();

    /// Reads one value out of a file that goes on behind it.
    static final ObjectReader PART =
            MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path directory;

    JsonFiles(Path directory) {
        this.directory = directory;
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    boolean exists(String name) {
        return Files.isRegularFile(path(name));
    }

    /// A file's JSON object, or an empty one where there is no such file.
    JsonNode object(String name) {
        Optional<byte[]> bytes = bytes(name);
        if (bytes.isEmpty()) {
            return MAPPER.createObjectNode();
        }
        try {
            JsonNode node = MAPPER.readTree(bytes.get());
            if (!node.isObject()) {
                throw corrupt(name, "holds no JSON object");
            }
            return node;
        } catch (JacksonException e) {
            throw notJson(name, e);
        }
    }

    Optional<String> text(String name) {
        try {
            return exists(name) && isSmall(name)
                    ? Optional.of(Files.readString(path(name), StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (MalformedInputException e) {
            throw corrupt(name, "is not UTF-8");
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    Optional<byte[]> bytes(String name) {
        try {
            return exists(name) && isSmall(name)
                    ? Optional.of(Files.readAllBytes(path(name)))
                    : Optional.empty();
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private boolean isSmall(String name) throws IOException {
        long size = Files.size(path(name));
        if (size > LARGEST_BYTES) {
            throw corrupt(name, "has %d bytes, the limit is %d".formatted(size, LARGEST_BYTES));
        }
        return true;
    }

    private ModelException unreadable(String name, IOException e) {
        return new ModelException(
                ModelException.Code.NOT_A_FILE,
                "'%s' cannot be read: %s".formatted(path(name), e.getMessage()),
                e);
    }

    ModelException notJson(String name, JacksonException e) {
        return new ModelException(
                ModelException.Code.CORRUPT_FILE,
                "'%s' is not the JSON expected: %s".formatted(path(name), e.getOriginalMessage()),
                e);
    }

    ModelException corrupt(String name, String what) {
        return new ModelException(
                ModelException.Code.CORRUPT_FILE, "'%s' %s".formatted(path(name), what));
    }
}
