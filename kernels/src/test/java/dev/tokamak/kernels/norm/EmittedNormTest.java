package dev.tokamak.kernels.norm;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tokamak.kernels.EmittedCode;
import dev.tokamak.kernels.GuardedMemory;
import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EmittedNormTest {

    private final List<Norm> twins = EmittedCode.twins(Norm::emitted);

    @Test
    void rms_whenAnySize_equalsTheReferenceWithinItsRows() {
        Random random = Parity.random("emitted rms");
        Parity.sizes().forEach(columns -> compare(random, columns, 1 + columns % 3));
    }

    private void compare(Random random, int columns, int rows) {
        for (Norm twin : twins) {
            try (GuardedMemory memory = GuardedMemory.open()) {
                int count = rows * columns;
                MemorySegment weight = memory.floats(random, columns, false);
                MemorySegment input = memory.floats(random, count, random.nextInt(3) == 0);
                MemorySegment expected = memory.allocate(count * 4L, 4);
                MemorySegment actual = memory.allocate(count * 4L, 4);
                float epsilon = random.nextInt(4) == 0 ? 0 : 1e-5f;
                Norm.scalar().rms(input, 0, weight, epsilon, expected, 0, columns, rows);
                twin.rms(input, 0, weight, epsilon, actual, 0, columns, rows);
                Parity.assertSameBits(actual, expected, "rms of " + columns);
                twin.rms(input, 0, weight, epsilon, input, 0, columns);
                Parity.assertSameBits(
                        input.asSlice(0, columns * 4L),
                        expected.asSlice(0, columns * 4L),
                        "rms in place of " + columns);
            }
        }
    }

    @Test
    void layer_whenAnySize_equalsTheReferenceWithinItsRows() {
        Random random = Parity.random("emitted layer");
        Parity.sizes().forEach(columns -> compareLayer(random, columns, 1 + columns % 3));
    }

    private void compareLayer(Random random, int columns, int rows) {
        for (Norm twin : twins) {
            try (GuardedMemory memory = GuardedMemory.open()) {
                int count = rows * columns;
                MemorySegment weight = memory.floats(random, columns, false);
                LayerWeights weights =
                        columns % 2 == 0
                                ? new LayerWeights(weight, 1e-5f)
                                : new LayerWeights(
                                        weight, memory.floats(random, columns, false), 1e-6f);
                MemorySegment input = memory.floats(random, count, random.nextInt(3) == 0);
                MemorySegment expected = memory.allocate(count * 4L, 4);
                MemorySegment actual = memory.allocate(count * 4L, 4);
                Norm.scalar().layer(input, 0, weights, expected, 0, columns, rows);
                twin.layer(input, 0, weights, actual, 0, columns, rows);
                Parity.assertSameBits(actual, expected, "layer of " + columns);
                twin.layer(input, 0, weights, input, 0, columns, rows);
                Parity.assertSameBits(input, expected, "layer in place of " + columns);
            }
        }
    }

    @Test
    void rms_whenRowsAreNotInNativeMemory_refuses() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment four = arena.allocate(16);
            MemorySegment heap = MemorySegment.ofArray(new float[4]);
            for (Norm twin : twins) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> twin.rms(heap, 0, four, 1e-5f, four, 0, 4))
                        .withMessageContaining("native");
                assertThatExceptionOfType(IndexOutOfBoundsException.class)
                        .isThrownBy(() -> twin.rms(four, 4, four, 1e-5f, four, 0, 4));
                assertThatExceptionOfType(IndexOutOfBoundsException.class)
                        .isThrownBy(() -> twin.rms(four, 0, four, 1e-5f, four, 0, 5));
            }
        }
    }
}
