package dev.tokamak.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgufFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TinyGgufTest {

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void write_ofEveryType_givesValidFile(TensorType type) {
        Path file = new TinyGguf().type(type).write(folder);
        try (GgufFile gguf = GgufFile.open(file)) {
            assertThat(gguf.tensors()).hasSize(2 * 9 + 3);
            assertThat(gguf.metadata().strings("tokenizer.ggml.tokens")).doesNotHaveDuplicates();
            var down = gguf.tensor("blk.1.ffn_down.weight").orElseThrow();
            assertThat(gguf.requireComputable(down)).isEqualTo(type);
        }
    }

    @Test
    void write_withSameSeed_givesSameBytes() throws Exception {
        byte[] first = Files.readAllBytes(TinyGguf.qwen2(folder, 5));
        assertThat(Files.readAllBytes(TinyGguf.qwen2(folder, 5))).isEqualTo(first);
        assertThat(Files.readAllBytes(TinyGguf.qwen2(folder, 6))).isNotEqualTo(first);
    }
}
