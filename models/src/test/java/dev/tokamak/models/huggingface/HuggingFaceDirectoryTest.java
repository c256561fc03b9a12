package dev.tokamak.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.architecture.Architectures;
import dev.tokamak.models.gguf.GgufTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuggingFaceDirectoryTest {

    @TempDir private Path folder;

    @BeforeEach
    void writeDirectory() {
        TinyDirectory.write(folder);
    }

    @Test
    void open_whenDirectoryIsWhole_describesTheNetwork() {
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            assertThat(directory.metadata().requireString("general.architecture"))
                    .isEqualTo("llama");
            assertThat(Architectures.describe(directory).shape().hidden()).isEqualTo(8);
            assertThat(directory.files()).hasSize(2);
        }
    }

    @Test
    void map_whenPairsLieHalfAHeadApart_putsThemSideBySide() {
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder);
                Arena arena = Arena.ofConfined()) {
            GgufTensor query = directory.tensor("blk.0.attn_q.weight").orElseThrow();
            float[] values = directory.map(query, arena).toArray(ValueLayout.JAVA_FLOAT);
            assertThat(Arrays.copyOfRange(values, 0, 40))
                    .startsWith(0, 1, 2)
                    .containsSequence(16, 17, 18)
                    .containsSequence(23, 8, 9);
            GgufTensor value = directory.tensor("blk.0.attn_v.weight").orElseThrow();
            assertThat(directory.map(value, arena).toArray(ValueLayout.JAVA_FLOAT))
                    .startsWith(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        }
    }

    @Test
    void open_whenSharded_readsAllFilesAndNamesMissingOnes() throws IOException {
        Map<String, int[]> all = TinyDirectory.tensors();
        Map<String, int[]> first = Map.of("model.norm.weight", all.remove("model.norm.weight"));
        write("a.safetensors", TinyDirectory.safetensors(first));
        write("b.safetensors", TinyDirectory.safetensors(all));
        StringBuilder map = new StringBuilder("\"model.norm.weight\": \"a.safetensors\"");
        all.keySet().forEach(name -> map.append(", \"%s\": \"b.safetensors\"".formatted(name)));
        write("model.safetensors.index.json", "{\"weight_map\": {%s}}".formatted(map));
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            assertThat(directory.tensors()).hasSize(11);
        }
        Files.delete(folder.resolve("a.safetensors"));
        assertThat(refused(ModelException.Code.NOT_FOUND)).contains("a.safetensors");
    }

    @Test
    void open_whenIndexNamesFileOutside_isRefused() {
        write(
                "model.safetensors.index.json",
                "{\"weight_map\": {\"x\": \"../model.safetensors\"}}");
        assertThat(refused(ModelException.Code.CORRUPT_FILE)).contains("../model.safetensors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}} | 4 bytes apart",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,800]}} | 64 bytes of data",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | bytes 8 to 0",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | overlap",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}} | twice",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}} | too large",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}} | -1",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1],\"data_offsets\":[0,4]}} | at most 5",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[[[[[1]]]]],\"data_offsets\":[0,4]}} | expected",
                "{\"a\": | not the JSON expected"
            })
    void open_whenHeaderIsWrong_saysWhy(String header, String why) {
        write("model.safetensors", TinyDirectory.safetensors(header, new byte[64]));
        assertThat(refused(ModelException.Code.CORRUPT_FILE)).contains(why);
    }

    @Test
    void open_whenTypeIsUnknown_isUnsupported() {
        String header = "{\"a\":{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,1]}}";
        write("model.safetensors", TinyDirectory.safetensors(header, new byte[64]));
        assertThat(refused(ModelException.Code.UNSUPPORTED)).contains("F4");
    }

    @ParameterizedTest
    @CsvSource({"4, too few", "40, header has", "3000, bytes of data"})
    void open_whenFileIsTruncated_saysWhy(int bytes, String why) throws IOException {
        byte[] whole = Files.readAllBytes(folder.resolve("model.safetensors"));
        write("model.safetensors", Arrays.copyOf(whole, bytes));
        assertThat(refused(ModelException.Code.CORRUPT_FILE)).contains(why);
    }

    @Test
    void open_whenHeaderClaimsToBeHuge_allocatesNothing() throws IOException {
        byte[] whole = Files.readAllBytes(folder.resolve("model.safetensors"));
        whole[6] = 127;
        write("model.safetensors", whole);
        assertThat(refused(ModelException.Code.CORRUPT_FILE)).contains("expected 2 to 100000000");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "LlamaForCausalLM | OtherForCausalLM | UNSUPPORTED | supported: Afmoe",
                "LlamaForCausalLM | Qwen3NextForCausalLM | UNSUPPORTED | gated delta nets",
                "\"silu\" | \"mish\" | UNSUPPORTED | mish",
                "\"hidden_size\": 8 | \"hidden_size\": \"8\" | CORRUPT_FILE | hidden_size",
                "\"hidden_size\": 8 | \"hidden_size\": -8 | CORRUPT_FILE | -8",
                "true | false | CORRUPT_FILE | lm_head",
                "\"hidden_act\" | \"rope_scaling\": {\"type\": \"ntk\"}, \"hidden_act\" | UNSUPPORTED | ntk",
                "\"hidden_act\" | \"quantization_config\": {\"quant_method\": \"bits\"}, \"hidden_act\" | UNSUPPORTED | bits",
                "\"hidden_act\" | \"layer_types\": [\"linear_attention\"], \"hidden_act\" | UNSUPPORTED | linear_attention",
                "\"num_attention_heads\": 2 | \"num_attention_heads\": 0 | CORRUPT_FILE | no heads"
            })
    void open_whenConfigurationIsWrong_saysWhy(
            String text, String other, ModelException.Code code, String why) {
        write("config.json", TinyDirectory.CONFIG.replace(text, other));
        assertThat(refused(code)).contains(why);
    }

    @ParameterizedTest
    @CsvSource({"32, 0", "31, 1"})
    void open_whenHeadIsTied_dropsItUnlessItIsAnother(int rows, int heads) {
        Map<String, int[]> tensors = TinyDirectory.tensors();
        tensors.put("lm_head.weight", new int[] {rows, 8});
        write("model.safetensors", TinyDirectory.safetensors(tensors));
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            assertThat(directory.tensor("output.weight").stream()).hasSize(heads);
        }
    }

    @Test
    void open_whenTensorIsUnknown_namesIt() {
        Map<String, int[]> tensors = TinyDirectory.tensors();
        tensors.put("model.layers.0.self_attn.other.weight", new int[] {1});
        write("model.safetensors", TinyDirectory.safetensors(tensors));
        assertThat(refused(ModelException.Code.UNSUPPORTED)).contains("self_attn.other");
    }

    @Test
    void open_whenWeightsAreMissing_saysWhatIsExpected() throws IOException {
        Files.delete(folder.resolve("model.safetensors"));
        assertThat(refused(ModelException.Code.NOT_FOUND)).contains("model.safetensors");
    }

    @Test
    void open_whenBytesAreChanged_opensOrSaysWhy() throws IOException {
        long seed = 20261122;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (String name : List.of("model.safetensors", "config.json")) {
            byte[] whole = Files.readAllBytes(folder.resolve(name));
            int range = Math.min(whole.length, 1200);
            for (int round = 0; round < 400; round++) {
                byte[] changed = whole.clone();
                for (int change = 0; change <= round % 3; change++) {
                    changed[random.nextInt(range)] = (byte) random.nextInt(32, 127);
                }
                write(name, changed);
                openOrRefuse(seed, round);
            }
            write(name, whole);
        }
    }

    private void openOrRefuse(long seed, int round) {
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            Architectures.describe(directory);
        } catch (ModelException e) {
            assertThat(e.getMessage()).as("seed %d, round %d", seed, round).isNotBlank();
        }
    }

    private String refused(ModelException.Code code) {
        ModelException[] found = new ModelException[1];
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(
                        () -> {
                            try (HuggingFaceDirectory directory =
                                    HuggingFaceDirectory.open(folder)) {
                                Architectures.describe(directory);
                            }
                        })
                .satisfies(
                        e -> {
                            assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
                            found[0] = e;
                        });
        return found[0].getMessage();
    }

    private void write(String name, String text) {
        write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private void write(String name, byte[] bytes) {
        TinyDirectory.write(folder.resolve(name), bytes);
    }
}
