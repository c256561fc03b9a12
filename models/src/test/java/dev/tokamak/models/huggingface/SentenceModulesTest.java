package dev.tokamak.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentenceModulesTest {

    private static final String MODULES =
            """
            [{"path": "", "type": "sentence_transformers.models.Transformer"},
             {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
            """;

    @TempDir private Path folder;

    @BeforeEach
    void writeDirectory() throws IOException {
        TinyDirectory.write(folder);
        Files.createDirectory(folder.resolve("1_Pooling"));
        Files.writeString(folder.resolve("modules.json"), MODULES);
        pooling("{'pooling_mode_mean_tokens': true}");
    }

    private void pooling(String json) throws IOException {
        Files.writeString(
                folder.resolve("1_Pooling").resolve("config.json"), json.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'pooling_mode_mean_tokens': true, 'pooling_mode_cls_token': false} | 1",
                "{'pooling_mode_cls_token': true, 'include_prompt': true} | 2",
                "{'pooling_mode_lasttoken': true, 'word_embedding_dimension': 8} | 3",
                "{'pooling_mode': 'mean'} | 1",
                "{'pooling_mode': 'cls'} | 2"
            })
    void open_whenPoolingIsKnown_putsItsNumber(String json, long number) throws IOException {
        pooling(json);
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            assertThat(directory.metadata().integer("llama.pooling_type")).hasValue(number);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'pooling_mode_mean_tokens': true, 'pooling_mode_cls_token': true} | pooling_mode_cls_token",
                "{'pooling_mode_max_tokens': true} | pooling_mode_max_tokens",
                "{'pooling_mode': 'max'} | max",
                "{} | one of mean"
            })
    void open_whenPoolingIsUnknown_namesIt(String json, String named) throws IOException {
        pooling(json);
        assertRefused(ModelException.Code.UNSUPPORTED, named);
    }

    @Test
    void open_whenModuleIsUnknownOrOutside_isRefused() throws IOException {
        Path file = folder.resolve("modules.json");
        Files.writeString(file, "[{\"path\": \"2_Dense\", \"type\": \"a.models.Dense\"}]");
        assertRefused(ModelException.Code.UNSUPPORTED, "'Dense'");
        Files.writeString(file, MODULES.replace("1_Pooling", "../1_Pooling"));
        assertRefused(ModelException.Code.CORRUPT_FILE, "../1_Pooling");
        Files.writeString(file, "{}");
        assertRefused(ModelException.Code.CORRUPT_FILE, "array");
    }

    private void assertRefused(ModelException.Code code, String part) {
        assertThatThrownBy(() -> HuggingFaceDirectory.open(folder).close())
                .isInstanceOfSatisfying(
                        ModelException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(part);
    }
}
