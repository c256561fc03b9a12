package dev.tokamak.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgmlType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class QuantisationTest {

    private static final String AWQ = "'quant_method': 'awq', 'bits': 4, 'group_size': 32";
    private static final String GPTQ = "'quant_method': 'gptq', 'bits': 4, 'group_size': 32";
    private static final String PACKED =
            "'quant_method': 'compressed-tensors', 'format': 'pack-quantized', 'config_groups':"
                    + " {'group_0': {'weights': {'num_bits': 4, 'strategy': 'group', 'group_size': 32}}}";
    private static final String FLOAT8 = "'quant_method': 'fp8', 'weight_block_size': [128, 128]";

    @TempDir private Path folder;
    private SafetensorsFile file;

    @BeforeEach
    void open() {
        file = SafetensorsFile.open(QuantisedFiles.tensors());
    }

    @AfterEach
    void close() {
        file.close();
    }

    static Stream<QuantisedFiles.Case> cases() {
        return QuantisedFiles.cases().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void join_ofPublishedForm_givesTheSmallestTypeAndEachWeight(QuantisedFiles.Case which) {
        Map<String, SourceTensor> joined = QuantisedFiles.join(which, file);
        assertThat(which.kinds()).isNotEmpty();
        which.kinds()
                .forEach(
                        (name, kind) -> {
                            SourceTensor tensor = joined.get(name);
                            assertThat(tensor).as(name).isNotNull();
                            assertThat(tensor.type().name()).as(name).isEqualTo(kind);
                            assertThat(tensor.shape()).isEqualTo(expected(name, joined).shape());
                            assertThat(QuantisedFiles.floats(tensor))
                                    .as(name)
                                    .containsExactly(QuantisedFiles.floats(expected(name, joined)));
                        });
        assertThat(joined).as("nothing else is left").hasSize(2 * which.kinds().size());
    }

    @Test
    void open_ofRowsInAnyOrder_readsEachWhereItIs() {
        for (String name : List.of("case0.many_rows.weight", "case2.many_rows.weight")) {
            SourceTensor tensor = joined(name);
            float[] straight = QuantisedFiles.floats(tensor);
            float[] turned =
                    QuantisedFiles.floats(ReorderedTensor.of(tensor, row -> row * 7 % 520));
            for (int row = 0; row < 520; row++) {
                int from = row * 7 % 520 * 32;
                assertThat(Arrays.copyOfRange(turned, row * 32, row * 32 + 32))
                        .containsExactly(Arrays.copyOfRange(straight, from, from + 32));
            }
        }
    }

    @Test
    void of_whenPartsOfStackDiffer_widensThem() {
        SourceTensor four = joined("case2.no_index.weight");
        SourceTensor floats = joined("case3.small_groups.weight");
        SourceTensor eight = joined("case5.eight_bits.weight");
        assertThat(StackedTensor.of(List.of(four, four)).type()).isEqualTo(GgmlType.Q4_0);
        assertThat(StackedTensor.of(List.of(four, eight)).type()).isEqualTo(GgmlType.Q8_0);
        SourceTensor float8 = joined("case8.tensor.weight");
        for (List<SourceTensor> parts :
                List.of(
                        List.of(eight, four),
                        List.of(four, floats, eight),
                        List.of(float8, four, floats))) {
            SourceTensor stack = StackedTensor.of(parts);
            float[] all = QuantisedFiles.floats(stack);
            for (int i = 0; i < parts.size(); i++) {
                assertThat(Arrays.copyOfRange(all, i * 512, (i + 1) * 512))
                        .containsExactly(QuantisedFiles.floats(parts.get(i)));
            }
        }
    }

    @Test
    void of_whenBlocksAreTransposed_givesFloats() {
        SourceTensor tensor = joined("case0.zeros.weight");
        SourceTensor turned = TransposedTensor.of(tensor);
        assertThat(turned.type()).isEqualTo(GgmlType.F32);
        assertThat(turned.shape()).containsExactly(64L, 24L);
        float[] from = QuantisedFiles.floats(tensor);
        float[] to = QuantisedFiles.floats(turned);
        for (int i = 0; i < from.length; i++) {
            assertThat(to[i % 64 * 24 + i / 64]).isEqualTo(from[i]);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'version': 'gemv' | 'version' gemv is not supported; supported: gemm",
                "'bits': 8 | 'bits' 8 is not supported",
                "'group_size': 0 | 'group_size' is 0, expected a size from 1",
                "'group_size': -2 | 'group_size' is -2",
                "'group_size': '32' | 'group_size' is",
                "'quant_method': 'gptq', 'checkpoint_format': 'marlin' | 'checkpoint_format' marlin",
                "'quant_method': 'gptq', 'is_marlin_format': true | 'is_marlin_format'",
                "'quant_method': 'fp8', 'fmt': 'e5m2' | 'fmt' e5m2",
                "'quant_method': 'fp8', 'weight_block_size': [0, 128] | 'weight_block_size' is 0, expected a size from 1",
                "'quant_method': 'fp8', 'weight_block_size': [128] | 'weight_block_size' is [128]",
                "'quant_method': 'compressed-tensors', 'format': 'nvfp4-pack-quantized' | supported: dense, float-quantized",
                "'quant_method': 'compressed-tensors', 'sparsity_config': {'format': 'sparse-24-bitmask'} | 'sparsity_config' sparse-24-bitmask",
                "'quant_method': 'compressed-tensors', 'transform_config': {'config_groups': {}} | 'transform_config'",
                "'quant_method': 'compressed-tensors', 'config_groups': {'a': {'weights': {'num_bits': 3}}} | 'num_bits' 3",
                "'quant_method': 'compressed-tensors', 'config_groups': {'a': {'weights': {'num_bits': 8, 'strategy': 'block', 'block_structure': 'axb'}}} | 'block_structure'",
                "'quant_method': 'bitsandbytes' | 'bitsandbytes' is not supported; supported: awq (version gemm), compressed-tensors, fp8, gptq, mxfp4"
            })
    void join_whenSettingIsWrong_namesItAndWhatIsSupported(String settings, String why) {
        String config = AWQ + ", " + settings;
        assertThat(refused(config, "a.weight F16 2x2", 0)).contains(why);
    }

    @ParameterizedTest
    @CsvSource({
        "a.qweight I32 32x2; a.qzeros I32 1x2, 'has no ''a.scales'' beside it'",
        "a.qweight I32 32x2; a.scales F16 1x16, 'has no ''a.qzeros'' beside it'",
        "a.qweight I32 32x2; a.qzeros I32 1x2; a.scales F16 1x8, scales of 16 rows and 32 columns",
        "a.qweight I32 32x2; a.qzeros I32 1x2; a.scales F16 3x16, scales of 16 rows and 32 columns",
        "a.qweight I32 32x2; a.qzeros I32 1x2; a.scales I8 1x16, 'has type I8'",
        "a.qweight I32 32x2; a.qzeros I32 2x2; a.scales F16 1x16, 'expected I32 and [1, 2]'",
        "a.qweight F32 32x2; a.qzeros I32 1x2; a.scales F16 1x16, 'expected a matrix of [I32]'",
        "a.qweight I32 64x2; a.qzeros I32 1x2; a.scales F16 1x16, in blocks of 1 x 32",
        "a.qweight I32 1048577x1; a.qzeros I32 1x1; a.scales F16 1x8, 'columns, the limit is 1048576'",
        "a.qweight I32 0x2; a.qzeros I32 1x2; a.scales F16 1x16, 'expected a matrix of [I32]'",
        "a.qweight I32 32x2; a.qzeros I32 1x2; a.scales F16 1x16; a.weight F16 2x2, two tensors"
    })
    void join_whenPartsOfAwqDoNotFit_saysWhy(String tensors, String why) {
        assertThat(refused(AWQ, tensors, 0)).contains(why);
    }

    @ParameterizedTest
    @CsvSource({
        "a.qweight I32 4x16; a.qzeros I32 1x2; a.scales F16 1x16; a.g_idx I32 32, 0, ",
        "a.qweight I32 4x16; a.qzeros I32 1x2; a.scales F16 1x16; a.g_idx I32 32, 1, 'has the group 16843009 for column 0, but there are 1'",
        "a.qweight I32 4x16; a.qzeros I32 1x2; a.scales F16 1x16; a.g_idx I32 31, 0, 'expected I32 and [32]'",
        "a.qweight I32 4x16; a.qzeros I32 1x2; a.scales F16 1x16; a.g_idx F32 32, 0, 'expected I32 and [32]'",
        "a.qweight I32 4x16; a.qzeros I32 1x2; a.scales F16 1x16, 0, 'has no ''a.g_idx'' beside it'",
        "a.qweight I32 4x16; a.qzeros I32 1x3; a.scales F16 1x16, 0, 'expected 4 bits for each of 16'",
        "a.qweight I32 4x16; a.qzeros I32 2x2; a.scales F16 1x16, 0, 'expected I32 and [1, 2]'",
        "a.qweight I32 4x16; a.scales F16 1x16, 0, 'has no ''a.qzeros'' beside it'"
    })
    void join_whenPartsOfGptqDoNotFit_saysWhy(String tensors, int bytes, String why) {
        if (why == null) {
            assertThat(join(GPTQ + ", 'desc_act': true", tensors, bytes)).hasSize(1);
        } else {
            assertThat(refused(GPTQ + ", 'desc_act': true", tensors, bytes)).contains(why);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a.weight_packed I32 8x4; a.weight_scale F16 8x1, 0, 'has no ''a.weight_shape'''",
        "a.weight_packed I32 8x4; a.weight_scale F16 8x1; a.weight_shape I64 2, 0, 'says 0 rows'",
        "a.weight_packed I32 8x4; a.weight_scale F16 8x1; a.weight_shape I64 2, 1, 'the limit is 67108864'",
        "a.weight_packed I32 8x4; a.weight_scale F16 8x1; a.weight_shape F32 2, 1, 'expected two numbers'",
        "a.weight_packed I32 8; a.weight_scale F16 8x1; a.weight_shape I64 2, 0, 'expected a matrix of [I32]'",
        "a.weight I8 8x32; a.weight_scale F16 7x1, 0, 'scales of 8 rows and 32 columns in blocks of 1 x 32'",
        "a.weight I8 8x32; a.weight_scale F16 8x1; a.weight_zero_point I8 7x1, 0, 'the shape [8, 1]'",
        "a.weight I8 8x32; a.weight_scale F16 8x1; a.weight_zero_point F16 8x1, 0, 'expected I32 and [2, 1]'",
        "a.weight I8 8x32; a.weight_scale F16 1; a.weight_zero_point I8 8, 0, 'the shape [1]'",
        "a.weight I8 8x32, 0, 'has no ''a.weight_scale'' beside it'",
        "a.weight I8 8x4x8; a.weight_scale F16 8x1, 0, 'expected a matrix of [I8]'",
        "a.weight F8_E4M3 8x32, 0, 'has no ''a.weight_scale'' beside it'",
        "a.weight F16 8x32; a.weight_scale F16 8x1, 0, 'has scales but type F16'"
    })
    void join_whenCompressedPartsDoNotFit_saysWhy(String tensors, int bytes, String why) {
        assertThat(refused(PACKED, tensors, bytes)).contains(why);
    }

    @ParameterizedTest
    @CsvSource({
        "a.weight F8_E4M3 300x200, 'has no ''a.weight_scale'' beside it'",
        "a.weight F8_E4M3 300x200; a.weight_scale_inv F32 3x3, 'in blocks of 128 x 128'",
        "a.weight F8_E4M3 300x200; a.weight_scale_inv F32 3x2x1, 'in blocks of 128 x 128'",
        "a.weight F8_E4M3 300x200; a.weight_scale_inv I8 3x2, 'has type I8'",
        "a.weight F8_E4M3 30; a.weight_scale_inv F32 1, 'expected a matrix of [F8_E4M3]'"
    })
    void join_whenPartsOfFloat8DoNotFit_saysWhy(String tensors, String why) {
        assertThat(refused(FLOAT8, tensors, 0)).contains(why);
    }

    @ParameterizedTest
    @CsvSource({
        "a_blocks U8 2x4x1x16, 'has no ''a_scales'' beside it'",
        "a_blocks U8 2x4x1x16; a_scales U8 2x4x2, blocks of 16 bytes",
        "a_blocks U8 2x4x2x8; a_scales U8 2x4x2, blocks of 16 bytes"
    })
    void join_whenPartsOfMxfp4DoNotFit_saysWhy(String tensors, String why) {
        assertThat(refused("'quant_method': 'mxfp4'", tensors, 0)).contains(why);
    }

    @Test
    void join_whenBytesAreChanged_readsOrSaysWhy() throws IOException {
        long seed = 20261122;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        byte[] whole = Files.readAllBytes(QuantisedFiles.tensors());
        List<QuantisedFiles.Case> cases = QuantisedFiles.cases();
        for (int round = 0; round < 120; round++) {
            byte[] changed = whole.clone();
            boolean header = round % 2 == 0;
            for (int change = 0; change <= round % 5; change++) {
                int at = header ? 8 + random.nextInt(8000) : random.nextInt(9000, whole.length);
                changed[at] = (byte) (header ? random.nextInt(32, 127) : random.nextInt());
            }
            Path path = folder.resolve(round + ".safetensors");
            TinyDirectory.write(path, changed);
            QuantisedFiles.Case which = cases.get(round % cases.size());
            try (SafetensorsFile mutated = SafetensorsFile.open(path)) {
                QuantisedFiles.join(which, mutated).values().forEach(QuantisedFiles::floats);
            } catch (ModelException e) {
                assertThat(e.getMessage()).as("seed %d, round %d", seed, round).isNotBlank();
            }
        }
    }

    private static SourceTensor expected(String name, Map<String, SourceTensor> joined) {
        return joined.get(name.replaceAll("weight$", "expected"));
    }

    private SourceTensor joined(String name) {
        return QuantisedFiles.cases().stream()
                .map(which -> QuantisedFiles.join(which, file))
                .filter(all -> all.containsKey(name))
                .findFirst()
                .orElseThrow()
                .get(name);
    }

    private String refused(String config, String tensors, int bytes) {
        String[] message = new String[1];
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> join(config, tensors, bytes))
                .satisfies(e -> message[0] = e.getMessage());
        return message[0];
    }

    /// Joins tensors given as `NAME TYPE SIZExSIZE; ...`, whose bytes are all the same.
    private Map<String, SourceTensor> join(String config, String tensors, int bytes) {
        StringBuilder header = new StringBuilder();
        int offset = 0;
        for (String tensor : tensors.split("; ")) {
            String[] words = tensor.split(" ");
            int size = ElementType.of(words[1]).orElseThrow().bytes();
            for (String dimension : words[2].split("x")) {
                size *= Integer.parseInt(dimension);
            }
            header.append(
                    "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                            .formatted(
                                    header.isEmpty() ? "{" : ",",
                                    words[0],
                                    words[1],
                                    words[2].replace('x', ','),
                                    offset,
                                    offset + size));
            offset += size;
        }
        byte[] data = new byte[offset];
        Arrays.fill(data, (byte) bytes);
        Path path = folder.resolve("tensors.safetensors");
        TinyDirectory.write(path, TinyDirectory.safetensors(header.append('}').toString(), data));
        try (SafetensorsFile stored = SafetensorsFile.open(path);
                Arena arena = Arena.ofConfined()) {
            Map<String, StoredTensor> all = new LinkedHashMap<>();
            stored.entries()
                    .forEach(entry -> all.put(entry.name(), new StoredTensor(stored, entry)));
            String json = "{" + config.replace('\'', '"') + "}";
            ObjectNode settings = (ObjectNode) JsonMapper.shared().readTree(json);
            Map<String, SourceTensor> joined = QuantisedFiles.join(settings, all);
            for (SourceTensor tensor : joined.values()) {
                MemorySegment data0 = tensor.map(arena);
                assertThat(data0.byteSize()).isEqualTo(tensor.sizeBytes());
            }
            return joined;
        }
    }
}
