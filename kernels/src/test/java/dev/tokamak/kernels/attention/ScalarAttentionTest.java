package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScalarAttentionTest {

    private static final long SEED = 20261122;

    @ParameterizedTest
    @EnumSource(KvType.class)
    void attend_whenComparedWithNaiveSoftmax_agrees(KvType type) {
        Random random = new Random(SEED);
        try (Arena arena = Arena.ofConfined()) {
            KvLayout layout = new KvLayout(2, 2, 24, 20, type);
            AttentionFixture fixture = new AttentionFixture(arena, random, layout, 3, 1100);
            for (int window : new int[] {Integer.MAX_VALUE, 1, 40, 700}) {
                MemorySegment output =
                        fixture.attend(Attention.scalar(), arena, window, 0, fixture.positions);
                for (int position : new int[] {0, 1, 31, 32, 33, 511, 512, 530, 1023, 1024, 1099}) {
                    for (int h = 0; h < fixture.heads; h++) {
                        double[] expected = naive(fixture, window, position, h);
                        long at = ((long) position * fixture.heads + h) * layout.valueDim();
                        for (int d = 0; d < expected.length; d++) {
                            assertThat((double) output.getAtIndex(JAVA_FLOAT, at + d))
                                    .as("window %d position %d head %d", window, position, h)
                                    .isCloseTo(expected[d], within(2e-5));
                        }
                    }
                }
            }
        }
    }

    private static double[] naive(AttentionFixture fixture, int window, int position, int h) {
        int kvHead = h / (fixture.heads / fixture.layout.kvHeads());
        int keyDim = fixture.layout.keyDim();
        int first = Math.max(0, position - window + 1);
        double[] output = new double[fixture.layout.valueDim()];
        double sum = 0;
        for (int j = window == Integer.MAX_VALUE ? 0 : first; j <= position; j++) {
            double score = 0;
            for (int d = 0; d < keyDim; d++) {
                long at = ((long) position * fixture.heads + h) * keyDim + d;
                score +=
                        (double) fixture.queries.getAtIndex(JAVA_FLOAT, at)
                                * fixture.keys[kvHead][j][d];
            }
            double p = Math.exp(score / Math.sqrt(keyDim));
            sum += p;
            for (int d = 0; d < output.length; d++) {
                output[d] += p * fixture.values[kvHead][j][d];
            }
        }
        for (int d = 0; d < output.length; d++) {
            output[d] /= sum;
        }
        return output;
    }

    @Test
    void store_whenValueOverflowsHalf_isClamped() {
        assertThat(Float.float16ToFloat(KeyValueStore.half(1e9f))).isEqualTo(65504f);
        assertThat(Float.float16ToFloat(KeyValueStore.half(Float.NEGATIVE_INFINITY)))
                .isEqualTo(-65504f);
        assertThat(Float.float16ToFloat(KeyValueStore.half(Float.NaN))).isNaN();
        assertThat(Float.float16ToFloat(KeyValueStore.half(-0f))).isEqualTo(-0f);
    }

    @Test
    void attend_whenScratchIsForOtherSizes_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            KvLayout layout = new KvLayout(1, 1, 4, 4);
            AttentionFixture fixture = new AttentionFixture(arena, new Random(SEED), layout, 1, 1);
            AttentionScratch other = new AttentionScratch(new KvLayout(1, 1, 8, 4), arena);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    Attention.scalar()
                                            .attend(
                                                    fixture.view,
                                                    fixture.head(0, 1),
                                                    0,
                                                    0,
                                                    1,
                                                    fixture.queries,
                                                    fixture.queries,
                                                    other))
                    .withMessageContaining("keys of 8");
        }
    }

    @Test
    void head_whenWindowIsNotPositive_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AttentionHead(0, 0, 1, 1f, 0, 4, 4))
                .withMessageContaining("window");
    }
}
