package dev.tokamak.kernels.softmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.EmittedCode;
import dev.tokamak.kernels.GuardedMemory;
import dev.tokamak.kernels.Parity;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmittedSoftmaxTest {

    private final List<Softmax> twins = EmittedCode.twins(Softmax::emitted);

    @Test
    void operations_whenAnySize_equalTheReferenceWithinTheirRows() {
        Random random = Parity.random("emitted softmax");
        IntStream.concat(Parity.sizes(), IntStream.of(8191, 8192, 8193, 49_152, 151_936))
                .forEach(
                        count -> {
                            for (Softmax twin : twins) {
                                compare(random, twin, count, false);
                                compare(random, twin, count, true);
                            }
                        });
    }

    private static void compare(Random random, Softmax twin, int count, boolean withInfinite) {
        try (GuardedMemory memory = GuardedMemory.open()) {
            MemorySegment logits = memory.floats(random, count, withInfinite);
            if (random.nextBoolean()) {
                // Few different values, so that many are equal; none above 0.
                for (int i = 0; i < count; i++) {
                    logits.setAtIndex(JAVA_FLOAT, i, -random.nextInt(3));
                }
            }
            int best = Softmax.scalar().argMax(logits, 0, count);
            assertThat(twin.argMax(logits, 0, count)).isEqualTo(best);
            assertThat(Double.valueOf(twin.logSumExp(logits, 0, count)))
                    .isEqualTo(Double.valueOf(Softmax.scalar().logSumExp(logits, 0, count)));
            MemorySegment expected = memory.allocate(count * 4L, 4);
            MemorySegment actual = memory.allocate(count * 4L, 4);
            float expectedSum = Softmax.scalar().exponentials(logits, 0, count, 1.3f, expected, 0);
            float actualSum = twin.exponentials(logits, 0, count, 1.3f, actual, 0);
            assertThat(Float.valueOf(actualSum)).isEqualTo(Float.valueOf(expectedSum));
            Parity.assertSameBits(actual, expected, "exponentials of " + count);
        }
    }

    @Test
    void reductions_whenAnySize_equalTheReferenceWithinTheirRows() {
        Random random = Parity.random("emitted reductions");
        List<Softmax> all = new ArrayList<>(twins);
        all.add(Softmax.vector());
        IntStream.concat(Parity.sizes(), IntStream.of(8191, 8193, 151_936))
                .forEach(count -> all.forEach(twin -> reduce(random, twin, count)));
    }

    private static void reduce(Random random, Softmax twin, int count) {
        try (GuardedMemory memory = GuardedMemory.open()) {
            MemorySegment logits = memory.floats(random, count, false);
            int maxima = Softmax.maxima(count);
            MemorySegment expected = memory.allocate(maxima * 4L, 4);
            MemorySegment actual = memory.allocate(maxima * 4L, 4);
            int best = Softmax.scalar().argMax(logits, 0, count, expected);
            assertThat(twin.argMax(logits, 0, count, actual)).isEqualTo(best);
            assertThat(best).isEqualTo(Softmax.scalar().argMax(logits, 0, count));
            Parity.assertSameBits(actual, expected, "maxima of " + count);
            MemorySegment expectedIndices = memory.allocate(count * 4L, 4);
            MemorySegment actualIndices = memory.allocate(count * 4L, 4);
            MemorySegment values = memory.floats(random, count, true);
            for (float threshold :
                    new float[] {
                        values.getAtIndex(JAVA_FLOAT, random.nextInt(count)),
                        0f,
                        -0f,
                        20f,
                        Float.NEGATIVE_INFINITY,
                        Float.NaN
                    }) {
                int found = Softmax.scalar().atLeast(values, 0, count, threshold, expectedIndices);
                assertThat(twin.atLeast(values, 0, count, threshold, actualIndices))
                        .as("%d, at least %s", count, threshold)
                        .isEqualTo(found);
                assertThat(
                                actualIndices
                                        .asSlice(0, found * 4L)
                                        .mismatch(expectedIndices.asSlice(0, found * 4L)))
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void argMax_whenALogitIsNotFinite_isMinusOne() {
        Random random = Parity.random("emitted argMax");
        for (Softmax twin : twins) {
            for (float bad :
                    new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                try (GuardedMemory memory = GuardedMemory.open()) {
                    MemorySegment logits = memory.floats(random, 3000, false);
                    logits.setAtIndex(JAVA_FLOAT, random.nextInt(3000), bad);
                    assertThat(twin.argMax(logits, 0, 3000)).isEqualTo(-1);
                }
            }
        }
    }
}
