package dev.tokamak.models.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepositoryContentsTest {

    private static List<RepositoryFile> files(String... paths) {
        return Arrays.stream(paths)
                .map(path -> new RepositoryFile(path, path.length(), Optional.empty()))
                .toList();
    }

    private static String chosen(String name, String... paths) {
        return new RepositoryContents(files(paths)).choose(HubReference.parse(name)).target();
    }

    @ParameterizedTest
    @CsvSource({
        "Qwen3-0.6B-Q8_0.gguf, Q8_0",
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf, Q4_K_M",
        "model.IQ2_XXS.gguf, IQ2_XXS",
        "gemma-3-4b-it-UD-Q4_K_XL.gguf, UD-Q4_K_XL",
        "gpt-oss-20b-mxfp4.gguf, MXFP4",
        "model-bf16.gguf, BF16",
        "Q6_K/model-Q6_K-00001-of-00001.gguf, Q6_K",
        "BF16/model-00001-of-00001.gguf, BF16",
        "bitnet-TQ2_0.gguf, TQ2_0",
        "plain.gguf, plain.gguf"
    })
    void of_labelsByQuantisation(String path, String label) {
        assertThat(GgufChoices.of(files(path)))
                .extracting(ModelChoice::label)
                .containsExactly(label);
    }

    @Test
    void choose_prefersExactNamesToParts() {
        String[] paths = {"m-Q4_K.gguf", "m-Q4_K_M.gguf", "m-Q4_K_S.gguf"};
        assertThat(chosen("hf:a/b:Q4_K", paths)).isEqualTo("m-Q4_K.gguf");
        assertThat(chosen("hf:a/b:k_s", paths)).isEqualTo("m-Q4_K_S.gguf");
        assertThatThrownBy(() -> chosen("hf:a/b:Q4", paths))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("3 models");
    }

    @Test
    void choose_whenFolderAndFile_wantsToKnowWhich() {
        String[] paths = {"config.json", "tokenizer.json", "model.safetensors", "m-f16.gguf"};
        assertThatThrownBy(() -> chosen("hf:a/b", paths))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("F16", "safetensors", "3 files");
        assertThat(chosen("hf:a/b:safetensors", paths)).isEmpty();
        assertThat(chosen("hf:a/b:F16", paths)).isEqualTo("m-f16.gguf");
    }

    @Test
    void choose_ofFolder_takesPoolingAndLeavesOtherPrograms() {
        ModelChoice folder =
                new RepositoryContents(
                                files(
                                        "config.json",
                                        "tokenizer.json",
                                        "modules.json",
                                        "1_Pooling/config.json",
                                        "onnx/model.onnx",
                                        "onnx/config.json",
                                        "model.safetensors",
                                        "consolidated.safetensors"))
                        .choose(HubReference.parse("hf:a/b"));
        assertThat(folder.files())
                .extracting(RepositoryFile::path)
                .containsExactlyInAnyOrder(
                        "config.json",
                        "tokenizer.json",
                        "modules.json",
                        "1_Pooling/config.json",
                        "model.safetensors");
    }

    @Test
    void read_ofHostileListing_passesOverWhatLeavesTheFolder() throws IOException {
        String json =
                """
                {"siblings": [{"rfilename": "../a.gguf"}, {"rfilename": "/a.gguf"}, {"rfilename": "a/../../b.gguf"},
                 {"rfilename": "C:\\\\a.gguf"}, {"rfilename": ".hidden"}, {"rfilename": {}},
                 {"rfilename": "a/b.gguf", "size": 7, "lfs": {"sha256": "xyz", "size": 9}}]}
                """;
        assertThat(RepositoryListing.read(json.getBytes(StandardCharsets.UTF_8)))
                .containsExactly(new RepositoryFile("a/b.gguf", 9, Optional.empty()));
        for (String wrong : List.of("", "{", "[]", "{}", "{\"siblings\": 3}")) {
            assertThatThrownBy(() -> RepositoryListing.read(wrong.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(IOException.class);
        }
    }
}
