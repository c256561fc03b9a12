package dev.tokamak.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every GGUF file of the shared golden data opens, whatever its tensor types.
final class GgufGoldenTest {

    @Test
    void open_everyGoldenFile_succeeds() throws Exception {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(SharedFolder.require("golden"))) {
            files = walk.filter(file -> file.toString().endsWith(".gguf")).toList();
        }
        assertThat(files).hasSizeGreaterThan(50);
        for (Path file : files) {
            try (GgufFile gguf = GgufFile.open(file);
                    Arena arena = Arena.ofConfined()) {
                for (String key : gguf.metadata().keys()) {
                    assertThat(gguf.metadata().value(key)).as(file + " " + key).isPresent();
                }
                for (GgufTensor tensor : gguf.tensors()) {
                    assertThat(gguf.map(tensor, arena).byteSize()).isEqualTo(tensor.sizeBytes());
                }
            }
        }
    }

    @Test
    void metadata_ofLlama_hasTypedValues() {
        Path file = SharedFolder.require("golden/architectures/llama/model.gguf");
        try (GgufFile gguf = GgufFile.open(file)) {
            Metadata metadata = gguf.metadata();
            assertThat(gguf.format()).isEqualTo("GGUF v3");
            assertThat(metadata.requireString("general.architecture")).isEqualTo("llama");
            assertThat(metadata.requireInteger("llama.embedding_length")).isEqualTo(128);
            assertThat(metadata.requireDecimal("llama.rope.freq_base")).isEqualTo(10000);
            assertThat(metadata.strings("tokenizer.ggml.tokens"))
                    .hasSize(512)
                    .startsWith("<pad>", "<s>", "</s>");
            assertThat(metadata.integers("tokenizer.ggml.token_type")).hasSize(512);
            assertThat(gguf.tensor("token_embd.weight").orElseThrow().dimensions())
                    .containsExactly(128L, 512L);
        }
    }
}
