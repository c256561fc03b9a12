package dev.tokamak.models.tokenizer;

import dev.tokamak.models.SharedFolder;
import dev.tokamak.models.gguf.GgufFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// The reference files of tokenizers: in the test resources where small, else in the shared folder.
final class GoldenFolder {

    private static final Path RESOURCES =
            Path.of(
                    System.getProperty("tokamak.root", ".."),
                    "models/src/test/resources/tokenizers");

    private GoldenFolder() {}

    static Tokenizer tokenizer(String name) {
        return load(file(name, "vocab.gguf"));
    }

    static Tokenizer load(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            return Tokenizers.load(file);
        }
    }

    static String text(String name, String file) {
        try {
            return Files.readString(file(name, file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String name, String file) {
        return new ObjectMapper().readTree(text(name, file));
    }

    static Path file(String name, String file) {
        Path copied = RESOURCES.resolve(name).resolve(file);
        return Files.exists(copied)
                ? copied
                : SharedFolder.require("golden/tokenizers/" + name + "/" + file);
    }

    static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::intValue).toArray();
    }
}
