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
            KvLayout layout = new KvLayout(2, new KvLayer(2, 24, 20), type);
            AttentionFixture fixture = new AttentionFixture(arena, random, layout, 3, 1100);
            MemorySegment sinks = AttentionFixture.randomFloats(arena, random, fixture.heads, 4f);
            ScoreRule plain = fixture.rule();
            for (ScoreRule rule :
                    new ScoreRule[] {
                        plain,
                        fixture.windowed(1).withSinks(sinks),
                        fixture.windowed(40),
                        fixture.windowed(700).withSoftcap(2f),
                        plain.withSinks(sinks).withSoftcap(3f),
                        plain.withVisibility(Visibility.everything()),
                        plain.withVisibility(Visibility.within(20)).withSinks(sinks)
                    }) {
                compare(fixture, rule, arena);
            }
        }
    }

    private static void compare(AttentionFixture fixture, ScoreRule rule, Arena arena) {
        for (int position : new int[] {0, 1, 31, 32, 33, 511, 512, 1023, 1024, 1099}) {
            MemorySegment output = fixture.attend(Attention.scalar(), arena, rule, position, 1);
            for (int h = 0; h < fixture.heads; h++) {
                double[] expected = naive(fixture, rule, position, h);
                long at = ((long) position * fixture.heads + h) * fixture.layer.valueDim();
                for (int d = 0; d < expected.length; d++) {
                    assertThat((double) output.getAtIndex(JAVA_FLOAT, at + d))
                            .as("%s position %d head %d", rule, position, h)
                            .isCloseTo(expected[d], within(2e-5));
                }
            }
        }
    }

    private static double[] naive(AttentionFixture fixture, ScoreRule rule, int position, int h) {
        int kvHead = h / (fixture.heads / fixture.layer.kvHeads());
        int keyDim = fixture.layer.keyDim();
        double[] output = new double[fixture.layer.valueDim()];
        double sum = rule.hasSinks() ? Math.exp(rule.sinks().getAtIndex(JAVA_FLOAT, h)) : 0;
        for (int j = 0; j < fixture.positions; j++) {
            if (position - j > rule.visibility().before()
                    || j - position > rule.visibility().after()) {
                continue;
            }
            double score = 0;
            for (int d = 0; d < keyDim; d++) {
                long at = ((long) position * fixture.heads + h) * keyDim + d;
                score +=
                        (double) fixture.queries.getAtIndex(JAVA_FLOAT, at)
                                * fixture.keys[kvHead][j][d];
            }
            score /= Math.sqrt(keyDim);
            if (rule.hasSoftcap()) {
                score = rule.softcap() * Math.tanh(score / rule.softcap());
            }
            double p = Math.exp(score);
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
            KvLayout layout = AttentionFixture.single(4, 4);
            AttentionFixture fixture = new AttentionFixture(arena, new Random(SEED), layout, 1, 1);
            AttentionScratch other = new AttentionScratch(AttentionFixture.single(3, 4), arena);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    Attention.scalar()
                                            .attend(
                                                    fixture.view,
                                                    fixture.head(0, fixture.rule()),
                                                    0,
                                                    0,
                                                    1,
                                                    fixture.queries,
                                                    fixture.queries,
                                                    other))
                    .withMessageContaining("keys of 3");
        }
    }

    @Test
    void attend_whenSomeLaterKeysAreStored_seesThemUpToTheEndOfTheView() {
        Random random = new Random(SEED);
        try (Arena arena = Arena.ofConfined()) {
            KvLayout layout = AttentionFixture.single(8, 8);
            AttentionFixture fixture = new AttentionFixture(arena, random, layout, 2, 50);
            ScoreRule everything = fixture.rule().withVisibility(Visibility.everything());
            MemorySegment causal = fixture.attend(Attention.scalar(), arena, fixture.rule(), 40, 1);
            fixture.view.pages(fixture.pages, 41);
            MemorySegment open = fixture.attend(Attention.scalar(), arena, everything, 40, 1);
            assertThat(open.mismatch(causal)).isEqualTo(-1);
        }
    }

    @Test
    void rules_whenImpossible_areRefused() {
        ScoreRule rule = ScoreRule.causal(1f);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Visibility.window(0))
                .withMessageContaining("not 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Visibility.within(-1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rule.withSoftcap(Float.NaN))
                .withMessageContaining("NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AttentionHead(0, 0, 0, 0, rule, 4, 4))
                .withMessageContaining("queryHeads");
        ScoreRule sinking = rule.withSinks(MemorySegment.ofArray(new float[3]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AttentionHead(0, 0, 2, 2, sinking, 4, 4))
                .withMessage("there are sinks for 3 query heads, not for 4");
    }

    @Test
    void first_ofChunk_isItsStart() {
        Visibility chunk = Visibility.chunk(8);
        assertThat(chunk.first(7)).isZero();
        assertThat(chunk.first(8)).isEqualTo(8);
        assertThat(chunk.first(17)).isEqualTo(16);
    }
}
