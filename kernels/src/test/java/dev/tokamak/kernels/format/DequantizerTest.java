package dev.tokamak.kernels.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DequantizerTest {

    private static final int ELEMENTS = 16 * 512;

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void dequantize_ofGoldenFile_equalsReferenceBitForBit(TensorType type) throws IOException {
        byte[] file = resource(type + ".gguf");
        // The files hold a single tensor, so its data is their end.
        int offset = file.length - Math.toIntExact(type.bytes(ELEMENTS));
        float[] actual = new float[ELEMENTS + 2];
        Arrays.fill(actual, 7f);

        new Dequantizer(type).dequantize(file, offset, actual, 1, ELEMENTS);

        float[] expected = new float[ELEMENTS];
        ByteBuffer.wrap(resource(type + ".f32"))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(expected);
        for (int i = 0; i < ELEMENTS; i++) {
            assertThat(Float.floatToRawIntBits(actual[i + 1]))
                    .as("element %d: %s for %s", i, actual[i + 1], expected[i])
                    .isEqualTo(Float.floatToRawIntBits(expected[i]));
        }
        assertThat(actual[0]).isEqualTo(7f);
        assertThat(actual[ELEMENTS + 1]).isEqualTo(7f);
    }

    @Test
    void dequantize_ofPartOfABlock_isRefused() {
        Dequantizer dequantizer = new Dequantizer(TensorType.Q4_0);
        assertThatThrownBy(() -> dequantizer.dequantize(new byte[18], 0, new float[32], 0, 31))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("31")
                .hasMessageContaining("32");
    }

    @Test
    void newBlockDecoder_ofFloatType_isRefused() {
        assertThatThrownBy(() -> new BlockDecoder(TensorType.F16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F16");
    }

    private static byte[] resource(String name) throws IOException {
        String path = "/golden/quants/" + name;
        try (InputStream stream = DequantizerTest.class.getResourceAsStream(path)) {
            return Objects.requireNonNull(stream, path).readAllBytes();
        }
    }
}
