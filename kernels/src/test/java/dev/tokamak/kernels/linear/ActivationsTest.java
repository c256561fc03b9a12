package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.kernels.Parity;
import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ActivationsTest {

    private static final int TOKENS = 11;

    private final Linear scalar = Linear.scalar();
    private final Linear vector = Linear.vector();

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 33, 64, 77, 576, 1000})
    void quantize_ofExtremeValues_isTheSameInBothForms(int columns) {
        Random random = Parity.random("ActivationsTest, " + columns + " columns");
        try (Arena arena = Arena.ofConfined()) {
            for (int round = 0; round < 20; round++) {
                boolean withInfinite = round % 2 == 0;
                MemorySegment floats =
                        Parity.extremes(arena, random, TOKENS * columns, withInfinite);
                Activations rows = quantized(scalar, floats, columns, arena);
                Activations planes = quantized(vector, floats, columns, arena);
                Activations scalarPlanes = vector.activations(TOKENS, columns, arena);
                scalarPlanes.floats().copyFrom(floats);
                scalar.quantize(scalarPlanes, 0, TOKENS);
                requireSame(rows, planes);
                requireSame(rows, scalarPlanes);
            }
        }
    }

    private static Activations quantized(
            Linear linear, MemorySegment floats, int columns, Arena arena) {
        Activations activations = linear.activations(TOKENS, columns, arena);
        activations.floats().copyFrom(floats);
        linear.quantize(activations, 0, 4);
        linear.quantize(activations, 4, TOKENS - 4);
        return activations;
    }

    private static void requireSame(Activations expected, Activations actual) {
        QuantizedRows expectedRows = expected.quantized();
        QuantizedRows actualRows = actual.quantized();
        for (int token = 0; token < TOKENS; token++) {
            assertThat(actual.finite(token)).isEqualTo(expected.finite(token));
            for (int block = 0; block < expected.blocks(); block++) {
                String what = "token %d, block %d".formatted(token, block);
                for (int i = 0; i < 32; i++) {
                    int column = block * 32 + i;
                    assertThat(actualRows.quant(token, column))
                            .as(what)
                            .isEqualTo(expectedRows.quant(token, column));
                }
                assertThat(actualRows.scale(token, block))
                        .as(what)
                        .isEqualTo(expectedRows.scale(token, block));
                assertThat(actualRows.sum(token, block))
                        .as(what)
                        .isEqualTo(expectedRows.sum(token, block));
                assertThat(actualRows.scaledSum(token, block))
                        .as(what)
                        .isEqualTo(expectedRows.scaledSum(token, block));
            }
        }
    }

    @Test
    void quantize_intoBlockRows_writesEveryFieldOfTheRecord() {
        Random random = Parity.random("ActivationsTest, records");
        int columns = 3 * 32 + 5;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment floats = Parity.floats(arena, random, TOKENS * columns);
            BlockRows rows = quantized(scalar, floats, columns, arena).blockRows();
            MemorySegment memory = rows.memory();
            assertThat(rows.rowBytes()).isEqualTo(5 * 64);
            assertThat(memory.byteSize()).isEqualTo(TOKENS * 5 * 64);
            assertThat(rows.address(2) % 64).isZero();
            for (int token = 0; token < TOKENS; token++) {
                for (int block = 0; block < 4; block++) {
                    long at = rows.offsetBytes(token) + block * 64L;
                    int first = 0;
                    int second = 0;
                    for (int i = 0; i < 16; i++) {
                        first += memory.get(JAVA_BYTE, at + i);
                        second += memory.get(JAVA_BYTE, at + 16 + i);
                    }
                    int sum = first + second;
                    float scale = memory.get(JAVA_FLOAT, at + 32);
                    assertThat(memory.get(JAVA_FLOAT, at + 36)).isEqualTo(scale * (float) sum);
                    assertThat(memory.asSlice(at + 40, 24).toArray(JAVA_INT))
                            .containsExactly(
                                    -8 * sum,
                                    -16 * sum,
                                    -128 * sum,
                                    -32 * first,
                                    -32 * second,
                                    sum);
                }
                for (int i = 5; i < 32; i++) {
                    assertThat(rows.quant(token, 3 * 32 + i)).isZero();
                }
            }
        }
    }

    @Test
    void activations_withAnEvenNumberOfBlocks_haveAnOddNumberOfRecords() {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(scalar.activations(2, 64, arena).blockRows().rowBytes()).isEqualTo(3 * 64);
            assertThat(scalar.activations(2, 96, arena).blockRows().rowBytes()).isEqualTo(3 * 64);
            assertThat(scalar.activations(2, 97, arena).blockRows().rowBytes()).isEqualTo(5 * 64);
        }
    }

    @Test
    void multiply_ofAnotherForm_isRefusedByVectorsAndEqualInScalar() {
        SplittableRandom random = new SplittableRandom(1);
        try (Arena arena = Arena.ofConfined()) {
            LinearCase product =
                    new LinearCase(TensorType.Q4_0, Numerics.EXACT, 16, 64, 2, random, arena);
            Activations rows = scalar.activations(2, 64, arena);
            Activations planes = vector.activations(2, 64, arena);
            MemorySegment output = arena.allocate(2 * 16 * 4, 4);
            PackedWeights weights = product.weights;
            assertThatThrownBy(() -> vector.quantize(rows, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("block rows")
                    .hasMessageContaining("float planes");
            assertThatThrownBy(() -> vector.multiply(weights, rows, 0, 1, output, 16, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("block rows");
            assertThatThrownBy(planes::blockRows)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("float planes");
            planes.floats().copyFrom(product.floats);
            scalar.quantize(planes, 0, 2);
            scalar.multiply(weights, planes, 0, 2, output, 16, 0, 1);
            float[] expected = product.multiply(scalar);
            assertThat(output.getAtIndex(JAVA_FLOAT, 15)).isEqualTo(expected[15]);
            assertThat(output.getAtIndex(JAVA_FLOAT, 16)).isEqualTo(expected[19]);
        }
    }

    @Test
    void activations_ofNoColumns_areRefused() {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> scalar.activations(1, 0, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0 columns");
        }
    }
}
