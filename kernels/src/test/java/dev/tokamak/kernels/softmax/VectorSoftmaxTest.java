package dev.tokamak.kernels.softmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VectorSoftmaxTest {

    private static final Softmax[] TIERS = {Softmax.scalar(), Softmax.vector()};

    @Test
    void operations_whenAnySize_equalTheReference() {
        Random random = Parity.random("softmax");
        try (Arena arena = Arena.ofConfined()) {
            IntStream.concat(Parity.sizes(), IntStream.of(8191, 8192, 8193, 49_152, 151_936))
                    .forEach(
                            n -> {
                                compare(arena, Parity.floats(arena, random, n + 1), n);
                                compare(arena, Parity.extremes(arena, random, n + 1, false), n);
                                compare(
                                        arena,
                                        Parity.extremes(arena, random, n + 1, n % 2 == 0),
                                        n);
                            });
        }
    }

    private static void compare(Arena arena, MemorySegment logits, int n) {
        assertThat(TIERS[1].argMax(logits, 4, n)).isEqualTo(TIERS[0].argMax(logits, 4, n));
        assertThat(Double.valueOf(TIERS[1].logSumExp(logits, 4, n)))
                .isEqualTo(Double.valueOf(TIERS[0].logSumExp(logits, 4, n)));
        MemorySegment expected = Parity.copy(arena, logits);
        MemorySegment actual = Parity.copy(arena, logits);
        float expectedSum = TIERS[0].exponentials(logits, 4, n, 1.3f, expected, 4);
        float actualSum = TIERS[1].exponentials(logits, 4, n, 1.3f, actual, 4);
        assertThat(Float.valueOf(actualSum)).isEqualTo(Float.valueOf(expectedSum));
        Parity.assertSameBits(actual, expected, "exponentials of " + n);
    }

    @Test
    void operations_whenComparedWithDoubles_agree() {
        Random random = Parity.random("softmax in double");
        int n = 10_000;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment logits = Parity.floats(arena, random, n);
            MemorySegment output = arena.allocate(n * 4L, 64);
            int best = Softmax.scalar().argMax(logits, 0, n);
            double max = logits.getAtIndex(JAVA_FLOAT, best);
            double sum = 0;
            for (int i = 0; i < n; i++) {
                assertThat((double) logits.getAtIndex(JAVA_FLOAT, i)).isLessThanOrEqualTo(max);
                sum += Math.exp(logits.getAtIndex(JAVA_FLOAT, i) - max);
            }
            float actual = Softmax.scalar().exponentials(logits, 0, n, 1f, output, 0);
            assertThat((double) actual).isCloseTo(sum, within(sum * 1e-5));
            assertThat(output.getAtIndex(JAVA_FLOAT, best)).isEqualTo(1f);
            assertThat(Softmax.scalar().logSumExp(logits, 0, n))
                    .isCloseTo(max + Math.log(sum), within(1e-4));
        }
    }

    @Test
    void argMax_whenValuesAreEqual_isTheLowestIndex() {
        for (Softmax softmax : TIERS) {
            float[] logits = new float[100];
            assertThat(softmax.argMax(MemorySegment.ofArray(logits), 0, 100)).isZero();
            logits[40] = 3f;
            logits[41] = 3f;
            logits[99] = 3f;
            assertThat(softmax.argMax(MemorySegment.ofArray(logits), 0, 100)).isEqualTo(40);
            logits[0] = -0f;
            assertThat(softmax.argMax(MemorySegment.ofArray(logits), 0, 2)).isZero();
        }
    }

    @Test
    void argMax_whenALogitIsNotFinite_isMinusOne() {
        for (Softmax softmax : TIERS) {
            for (int at : new int[] {0, 50, 98}) {
                for (float bad :
                        new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                    float[] logits = new float[99];
                    logits[at] = bad;
                    assertThat(softmax.argMax(MemorySegment.ofArray(logits), 0, 99)).isEqualTo(-1);
                }
            }
        }
    }
}
