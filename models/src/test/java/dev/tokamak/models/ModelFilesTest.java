package dev.tokamak.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A directory as what is written of it, beside the GGUF file that llama.cpp's converter made of the same directory.
final class ModelFilesTest {

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen3", "gemma3", "deepseek3", "gpt-oss"})
    void openWithVocabulary_ofDirectory_hasTokensAndTensorsOfTheConvertedFile(String name) {
        try (ModelFile folder = open(name + "/hf");
                ModelFile file = open(name + "/model.gguf")) {
            for (String key : List.of("tokens", "merges")) {
                String full = "tokenizer.ggml." + key;
                assertThat(folder.metadata().strings(full))
                        .isEqualTo(file.metadata().strings(full));
            }
            assertThat(folder.metadata().integers("tokenizer.ggml.token_type"))
                    .isEqualTo(file.metadata().integers("tokenizer.ggml.token_type"));
            assertThat(folder.metadata().string("tokenizer.ggml.pre"))
                    .isEqualTo(file.metadata().string("tokenizer.ggml.pre"));
            assertThat(shapes(folder)).isEqualTo(shapes(file));
        }
    }

    private static Map<String, List<Long>> shapes(ModelFile file) {
        return file.tensors().stream()
                .collect(Collectors.toMap(GgufTensor::name, GgufTensor::dimensions));
    }

    private static ModelFile open(String path) {
        return ModelFiles.openWithVocabulary(SharedFolder.require("golden/architectures/" + path));
    }
}
