package dev.tokamak.kernels.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ScalarLinearTest {

    private static final long SEED = 20261122;

    private final Linear linear = Linear.scalar();

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void multiply_ofAnyType_isCloseToProductInDouble(TensorType type) {
        try (Arena arena = Arena.ofConfined()) {
            SplittableRandom random = new SplittableRandom(SEED);
            requireClose(new LinearCase(type, Numerics.EXACT, 21, 1536, 3, random, arena));
            requireClose(new LinearCase(type, Numerics.FLOAT32, 21, 1536, 3, random, arena));
        }
    }

    private void requireClose(LinearCase product) {
        float[] output = product.multiply(linear);
        int stride = product.rows + 3;
        for (int row = 0; row < product.rows; row++) {
            float[] weights = product.dequantized(row);
            for (int token = 0; token < product.tokens; token++) {
                double sum = 0;
                double magnitude = 0;
                for (int k = 0; k < product.columns; k++) {
                    double term = (double) weights[k] * activation(product, token, k);
                    sum += term;
                    magnitude += Math.abs(term);
                }
                assertThat((double) output[token * stride + row])
                        .as("seed %d: %s, row %d, token %d", SEED, product, row, token)
                        .isCloseTo(sum, within(2e-6 * magnitude));
            }
        }
        for (int token = 0; token < product.tokens; token++) {
            for (int i = product.rows; i < stride; i++) {
                assertThat(output[token * stride + i]).isEqualTo(LinearCase.UNTOUCHED);
            }
        }
    }

    private static double activation(LinearCase product, int token, int k) {
        Activations input = product.activations;
        if (!product.weights.readsQuantized()) {
            return product.activation(token, k);
        }
        return activation(input, token, k);
    }

    @Test
    void quantize_ofValues_staysWithinHalfAStep() {
        try (Arena arena = Arena.ofConfined()) {
            SplittableRandom random = new SplittableRandom(SEED);
            LinearCase product =
                    new LinearCase(TensorType.F32, Numerics.EXACT, 1, 100, 9, random, arena);
            Activations activations = linear.activations(9, 100, arena);
            activations.floats().copyFrom(product.floats);
            linear.quantize(activations, 0, 9);
            for (int token = 0; token < 9; token++) {
                for (int k = 0; k < 100; k++) {
                    double step = activations.quantized().scale(token, k / 32);
                    assertThat(activation(activations, token, k))
                            .as("seed %d, token %d, column %d", SEED, token, k)
                            .isCloseTo(product.activation(token, k), within(0.500001 * step));
                }
                assertThat(activations.finite(token)).isTrue();
            }
        }
    }

    private static double activation(Activations input, int token, int k) {
        QuantizedRows rows = input.quantized();
        return (double) rows.quant(token, k) * rows.scale(token, k / Activations.BLOCK);
    }

    @Test
    void quantize_ofTinyBlock_isZero() {
        try (Arena arena = Arena.ofConfined()) {
            Activations activations = linear.activations(1, 64, arena);
            activations.floats().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 0x1p-101f);
            activations.floats().setAtIndex(ValueLayout.JAVA_FLOAT, 32, 0x1p-100f);
            linear.quantize(activations, 0, 1);
            QuantizedRows rows = activations.quantized();
            assertThat(rows.scale(0, 0)).isEqualTo(0f);
            assertThat(rows.quant(0, 0)).isZero();
            assertThat(rows.scale(0, 1)).isEqualTo(0x1p-100f / 127f);
            assertThat(rows.quant(0, 32)).isEqualTo(127);
        }
    }

    @Test
    void quantize_ofTokenThatIsNotFinite_marksThatTokenAlone() {
        try (Arena arena = Arena.ofConfined()) {
            SplittableRandom random = new SplittableRandom(SEED);
            LinearCase product =
                    new LinearCase(TensorType.Q8_0, Numerics.EXACT, 16, 96, 4, random, arena);
            float[] before = product.multiply(linear);
            product.set(1, 40, Float.NaN);
            product.set(2, 95, Float.NEGATIVE_INFINITY);
            float[] after = product.multiply(linear);
            assertThat(product.activations.finite(0)).isTrue();
            assertThat(product.activations.finite(1)).isFalse();
            assertThat(product.activations.finite(2)).isFalse();
            assertThat(product.activations.finite(3)).isTrue();
            for (int row = 0; row < 16; row++) {
                assertThat(after[row]).isEqualTo(before[row]);
                assertThat(after[3 * 19 + row]).isEqualTo(before[3 * 19 + row]);
            }
            product.activations.floats().setAtIndex(ValueLayout.JAVA_FLOAT, 96 + 40, 0f);
            linear.quantize(product.activations, 1, 1);
            assertThat(product.activations.finite(1)).isTrue();
        }
    }

    @Test
    void multiply_ofWrongShapes_isRefusedWithBothNumbers() {
        try (Arena arena = Arena.ofConfined()) {
            SplittableRandom random = new SplittableRandom(SEED);
            LinearCase product =
                    new LinearCase(TensorType.Q8_0, Numerics.EXACT, 16, 96, 2, random, arena);
            Activations narrow = linear.activations(2, 64, arena);
            MemorySegment output = arena.allocate(2 * 16 * 4);
            PackedWeights weights = product.weights;
            assertThatThrownBy(() -> linear.multiply(weights, narrow, 0, 1, output, 16, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("64")
                    .hasMessageContaining("96");
            Activations input = product.activations;
            assertThatThrownBy(() -> linear.multiply(weights, input, 0, 2, output, 17, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("128")
                    .hasMessageContaining("132");
            assertThatThrownBy(() -> linear.multiply(weights, input, 1, 2, output, 16, 0, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> linear.multiply(weights, input, 0, 1, output, 16, 0, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
