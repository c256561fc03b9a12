package dev.tokamak.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.format.Dequantizer;
import dev.tokamak.models.SharedFolder;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Directories with experts as blocks and scales, as gpt-oss is published. The codes are made from the floats of the golden
/// model as `convert_moe_packed_tensors` of transformers reads them: the lower half of a byte is the earlier column. The
/// exponents are those of the golden GGUF file, whose weights must come out again.
class Mxfp4DirectoryTest {

    private static final float[] CODES = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    private static final int BLOCK_BYTES = 17;

    @TempDir private Path folder;

    private final StringBuilder header = new StringBuilder();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private Path golden;

    @BeforeEach
    void findGoldenModel() {
        golden = SharedFolder.require("golden/architectures/gpt-oss-mxfp4");
    }

    @Test
    void open_ofBlocksAndScales_givesTheWeightsOfTheGgufFile() throws IOException {
        try (ModelFile file = GgufFile.open(golden.resolve("model.gguf"))) {
            write(file);
            try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
                int experts = 0;
                for (GgufTensor tensor : file.tensors()) {
                    GgufTensor same = directory.tensor(tensor.name()).orElseThrow();
                    boolean packed = tensor.type() == GgmlType.MXFP4;
                    assertThat(same.type() == GgmlType.MXFP4).isEqualTo(packed);
                    assertThat(same.dimensions()).isEqualTo(tensor.dimensions());
                    assertThat(floats(directory, same))
                            .as(tensor.name())
                            .isEqualTo(floats(file, tensor));
                    experts += packed ? 1 : 0;
                }
                assertThat(experts).isEqualTo(12);
                assertThat(directory.tensors()).hasSameSizeAs(file.tensors());
            }
        }
    }

    private void write(ModelFile file) throws IOException {
        String config = Files.readString(golden.resolve("hf/config.json"));
        Files.writeString(
                folder.resolve("config.json"),
                config.replaceFirst(
                        "\\{", "{\"quantization_config\": {\"quant_method\": \"mxfp4\"},"));
        try (SafetensorsFile floats = SafetensorsFile.open(golden.resolve("hf/model.safetensors"));
                Arena arena = Arena.ofConfined()) {
            for (SafetensorsHeader.Entry entry : floats.entries()) {
                MemorySegment values = floats.map(entry, arena);
                String name = entry.name();
                if (name.endsWith("gate_up_proj") || name.endsWith("down_proj")) {
                    pack(file, entry, values);
                } else {
                    byte[] bytes = values.toArray(ValueLayout.JAVA_BYTE);
                    put(name, entry.type().name(), shape(entry), bytes);
                }
            }
        }
        header.append('}');
        Files.write(
                folder.resolve("model.safetensors"),
                TinyDirectory.safetensors(header.toString(), data.toByteArray()));
    }

    /// Packs experts that lie by column, gate and upward rows in turn.
    private void pack(ModelFile file, SafetensorsHeader.Entry entry, MemorySegment values) {
        int experts = entry.shape().get(0).intValue();
        int columns = entry.shape().get(1).intValue();
        int rows = entry.shape().get(2).intValue();
        int blocks = columns / 32;
        String layer = entry.name().replaceAll("model\\.layers\\.(\\d+)\\..*", "blk.$1.");
        boolean both = entry.name().endsWith("gate_up_proj");
        byte[] first =
                bytes(file, layer + (both ? "ffn_gate_exps.weight" : "ffn_down_exps.weight"));
        byte[] second = both ? bytes(file, layer + "ffn_up_exps.weight") : first;
        byte[] codes = new byte[experts * rows * columns / 2];
        byte[] exponents = new byte[experts * rows * blocks];
        for (int row = 0; row < experts * rows; row++) {
            byte[] source = both && row % 2 == 1 ? second : first;
            int sourceRow = both ? row / 2 : row;
            for (int column = 0; column < columns; column++) {
                int at = (sourceRow * blocks + column / 32) * BLOCK_BYTES;
                exponents[row * blocks + column / 32] = source[at];
                int expert = row / rows;
                long index = ((long) expert * columns + column) * rows + row % rows;
                float value = FloatTensor.element(values, entry.type().storage(), index);
                int code = code(Math.scalb(value, 127 - (source[at] & 0xff)));
                codes[(row * columns + column) / 2] |= (byte) (code << (column % 2 * 4));
            }
        }
        String shape = "%d,%d,%d".formatted(experts, rows, blocks);
        put(entry.name() + "_blocks", "U8", shape + ",16", codes);
        put(entry.name() + "_scales", "U8", shape, exponents);
    }

    private static int code(float value) {
        for (int code = 0; code < CODES.length; code++) {
            if (CODES[code] == Math.abs(value)) {
                return code | (value < 0 ? 8 : 0);
            }
        }
        throw new AssertionError(value + " is no number of four bits");
    }

    private void put(String name, String type, String shape, byte[] bytes) {
        header.append(header.isEmpty() ? "{" : ",")
                .append(
                        "\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                                .formatted(
                                        name,
                                        type,
                                        shape,
                                        data.size(),
                                        data.size() + bytes.length));
        data.writeBytes(bytes);
    }

    private static String shape(SafetensorsHeader.Entry entry) {
        return String.join(",", entry.shape().stream().map(String::valueOf).toList());
    }

    private static byte[] bytes(ModelFile file, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return file.map(file.tensor(name).orElseThrow(), arena).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /// The weights, of which those of no size have no sign.
    private static float[] floats(ModelFile file, GgufTensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = file.map(tensor, arena).toArray(ValueLayout.JAVA_BYTE);
            float[] floats = new float[Math.toIntExact(tensor.elements())];
            new Dequantizer(file.requireComputable(tensor))
                    .dequantize(bytes, 0, floats, 0, floats.length);
            for (int i = 0; i < floats.length; i++) {
                floats[i] += 0f;
            }
            return floats;
        }
    }
}
