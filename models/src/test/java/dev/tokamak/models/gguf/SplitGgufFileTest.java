package dev.tokamak.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.ModelFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitGgufFileTest {

    @TempDir private Path folder;

    @Test
    void open_whenAllPartsAreThere_isOneModel() {
        Path first = part(1, 0);
        part(2, 1);
        try (ModelFile file = ModelFiles.open(first)) {
            assertThat(file.files()).hasSize(2);
            assertThat(file.format()).isEqualTo("GGUF v3 in 2 parts");
        }
    }

    @Test
    void open_whenPartIsMissing_namesIt() {
        Path first = part(1, 0);
        assertRefused(first, ModelException.Code.NOT_FOUND, "tiny-00002-of-00002.gguf");
    }

    @Test
    void open_whenPartHasAnotherNumber_saysSo() {
        Path first = part(1, 0);
        part(2, 5);
        assertRefused(first, ModelException.Code.CORRUPT_FILE, "'split.no' is 5, expected 1");
    }

    @Test
    void open_whenSecondPartIsNamed_namesTheFirst() {
        part(1, 0);
        assertRefused(part(2, 1), ModelException.Code.UNSUPPORTED, "tiny-00001-of-00002.gguf");
    }

    private static void assertRefused(Path path, ModelException.Code code, String why) {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> ModelFiles.open(path).close())
                .withMessageContaining(why)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    private Path part(int number, int splitNumber) {
        return new GgufBuilder()
                .string("general.architecture", "llama")
                .uint32("split.no", splitNumber)
                .uint32("split.count", 2)
                .write(folder.resolve("tiny-%05d-of-00002.gguf".formatted(number)));
    }
}
