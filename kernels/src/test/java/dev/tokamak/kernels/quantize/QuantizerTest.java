package dev.tokamak.kernels.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// Compares with what ggml wrote for the same weights; the program that made the files is `quantize/reference.c`.
final class QuantizerTest {

    private static final int ROWS = 8;
    private static final int COLUMNS = 512;

    @ParameterizedTest
    @EnumSource(value = TargetType.class, names = "F32", mode = Mode.EXCLUDE)
    void quantize_withoutImportance_writesTheBytesOfGgml(TargetType type) throws IOException {
        assertRowsEqual(type, required(type + ".bin"), new float[0]);
    }

    @ParameterizedTest
    @EnumSource(value = TargetType.class, names = "F32", mode = Mode.EXCLUDE)
    void quantize_withImportance_writesTheBytesOfGgml(TargetType type) throws IOException {
        byte[] weighted = resource(type + ".weighted.bin");
        byte[] expected = weighted == null ? required(type + ".bin") : weighted;
        assertRowsEqual(type, expected, floats(required("importance.f32")));
    }

    @Test
    void quantize_toF32_keepsEveryBit() throws IOException {
        assertRowsEqual(TargetType.F32, required("values.f32"), new float[0]);
    }

    @ParameterizedTest
    @EnumSource(TargetType.class)
    void quantize_ofValueThatIsNotFinite_isRefused(TargetType type) {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] row = new float[256];
            row[7] = value;
            assertThatThrownBy(() -> new Quantizer(type).quantize(row, 0, 256, new byte[1024], 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("column 7")
                    .hasMessageContaining(String.valueOf(value));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TargetType.class,
            names = {"F32", "BF16", "MXFP4"},
            mode = Mode.EXCLUDE)
    void quantize_ofValueBeyondTheScale_isRefused(TargetType type) {
        float[] row = new float[256];
        Arrays.fill(row, 1e12f);
        assertThatThrownBy(() -> new Quantizer(type).quantize(row, 0, 256, new byte[1024], 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65504");
    }

    @Test
    void quantize_ofPartOfABlock_isRefused() {
        Quantizer quantizer = new Quantizer(TargetType.Q4_K);
        assertThatThrownBy(() -> quantizer.quantize(new float[128], 0, 128, new byte[144], 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("128")
                .hasMessageContaining("256");
    }

    /// Writes all rows, one after the other and with other bytes around, with one quantiser.
    private static void assertRowsEqual(TargetType type, byte[] expected, float[] importance)
            throws IOException {
        float[] values = floats(required("values.f32"));
        int rowBytes = type.rowBytes(COLUMNS);
        assertThat(expected).hasSize(ROWS * rowBytes);
        byte[] actual = new byte[expected.length + 2];
        Arrays.fill(actual, (byte) 0x5A);
        Quantizer quantizer = new Quantizer(type);
        for (int row = 0; row < ROWS; row++) {
            quantizer.quantize(
                    values, row * COLUMNS, COLUMNS, importance, 0, actual, 1 + row * rowBytes);
        }
        for (int row = 0; row < ROWS; row++) {
            for (int i = row * rowBytes; i < (row + 1) * rowBytes; i++) {
                assertThat(actual[i + 1])
                        .as("%s: byte %d of row %d", type, i - row * rowBytes, row)
                        .isEqualTo(expected[i]);
            }
        }
        assertThat(actual[0]).isEqualTo((byte) 0x5A);
        assertThat(actual[actual.length - 1]).isEqualTo((byte) 0x5A);
    }

    private static float[] floats(byte[] bytes) {
        float[] floats = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        return floats;
    }

    private static byte[] required(String name) throws IOException {
        byte[] bytes = resource(name);
        if (bytes == null) {
            throw new IOException("missing resource " + name);
        }
        return bytes;
    }

    private static byte @Nullable [] resource(String name) throws IOException {
        try (InputStream stream = QuantizerTest.class.getResourceAsStream("/quantize/" + name)) {
            return stream == null ? null : stream.readAllBytes();
        }
    }
}
