package dev.tokamak.engine.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.tokamak.kernels.random.Philox;
import dev.tokamak.kernels.softmax.Softmax;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SamplerTest {

    private static final SamplingRule.Penalties NO_PENALTIES = new SamplingRule.Penalties(1, 0, 0);
    private static final TokenBias NO_BIAS = new TokenBias(Map.of());

    private static SamplingRule rule(float temperature, int topK, float topP, float minP) {
        return new SamplingRule(temperature, topK, topP, minP, NO_PENALTIES, 5, NO_BIAS);
    }

    private static SamplingRule greedy(SamplingRule.Penalties penalties, TokenBias bias) {
        return new SamplingRule(0, 0, 1, 0, penalties, 0, bias);
    }

    private static MemorySegment row(Arena arena, float... logits) {
        return arena.allocateFrom(JAVA_FLOAT, logits);
    }

    private static float[] randomLogits(SplittableRandom random, int count, boolean ties) {
        float[] logits = new float[count];
        for (int i = 0; i < count; i++) {
            double logit = random.nextDouble(-12, 6);
            logits[i] = ties ? Math.round(logit) : (float) logit;
        }
        return logits;
    }

    /// The rules of the sampler by a full sort, over the kernel's weights.
    private static int naive(float[] logits, SamplingRule rule, int choice, long position) {
        int count = logits.length;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment weights = arena.allocate((long) count * 4);
            float sum =
                    Softmax.scalar()
                            .exponentials(
                                    row(arena, logits),
                                    0,
                                    count,
                                    1 / rule.temperature(),
                                    weights,
                                    0);
            List<Integer> kept = new ArrayList<>(IntStream.range(0, count).boxed().toList());
            boolean topK = rule.topK() > 0 && rule.topK() < count;
            if (topK || rule.topP() < 1) {
                kept.sort(
                        Comparator.<Integer>comparingDouble(token -> -logits[token])
                                .thenComparingInt(token -> token));
            }
            double whole = sum;
            if (topK) {
                kept = kept.subList(0, rule.topK());
                whole = 0;
                for (int token : kept) {
                    whole += weights.getAtIndex(JAVA_FLOAT, token);
                }
            }
            if (rule.topP() < 1) {
                double running = 0;
                int size = 0;
                while (size < kept.size() && running < rule.topP() * whole) {
                    running += weights.getAtIndex(JAVA_FLOAT, kept.get(size++));
                }
                kept = kept.subList(0, size);
            }
            kept =
                    kept.stream()
                            .filter(token -> weights.getAtIndex(JAVA_FLOAT, token) >= rule.minP())
                            .toList();
            double total = 0;
            for (int token : kept) {
                total += weights.getAtIndex(JAVA_FLOAT, token);
            }
            double target = Philox.uniform(rule.seed(), choice, position) * total;
            double running = 0;
            for (int token : kept) {
                running += weights.getAtIndex(JAVA_FLOAT, token);
                if (running > target) {
                    return token;
                }
            }
            return kept.getLast();
        }
    }

    @Test
    void sample_whenFiltersCombine_equalsAFullSort() {
        long seed = 99;
        SplittableRandom random = new SplittableRandom(seed);
        float[] topPs = {1, 0.999f, 0.9f, 0.5f, 0.01f};
        float[] minPs = {0, 0.02f, 0.5f, 1};
        int[] topKs = {0, 1, 2, 40, 5000, 100_000};
        for (int i = 0; i < 400; i++) {
            int count = 1 + random.nextInt(i % 10 == 0 ? 9000 : 300);
            float[] logits = randomLogits(random, count, i % 3 == 0);
            SamplingRule rule =
                    rule(
                            (float) random.nextDouble(0.05, 2),
                            topKs[random.nextInt(topKs.length)],
                            topPs[random.nextInt(topPs.length)],
                            minPs[random.nextInt(minPs.length)]);
            try (Arena arena = Arena.ofConfined();
                    Sampler sampler = new Sampler(Softmax.scalar(), count)) {
                int drawn =
                        sampler.sample(row(arena, logits), 0, rule, new TokenCounts(), i % 4, i);
                assertThat(drawn)
                        .as("seed %d, draw %d, %s", seed, i, rule)
                        .isEqualTo(naive(logits, rule, i % 4, i));
            }
        }
    }

    @Test
    void sample_whenVocabularyIsLarge_equalsAFullSort() {
        long seed = 100;
        SplittableRandom random = new SplittableRandom(seed);
        float[] topPs = {1, 0.9999999f, 0.95f, 0.6f};
        int[] topKs = {0, 0, 40, 700, 20_000};
        for (int i = 0; i < 24; i++) {
            int count = 16_384 + random.nextInt(6_000);
            float[] logits = randomLogits(random, count, i % 4 == 0);
            for (int j = 0; j < count && i % 3 == 0; j++) {
                // Sharper, as models are: few tokens reach p.
                logits[j] = logits[j] * Math.abs(logits[j]) / 2;
            }
            SamplingRule rule =
                    rule(
                            (float) random.nextDouble(0.3, 2),
                            topKs[random.nextInt(topKs.length)],
                            topPs[random.nextInt(topPs.length)],
                            i % 5 == 0 ? 0.001f : 0);
            Softmax softmax = i % 2 == 0 ? Softmax.scalar() : Softmax.vector();
            try (Arena arena = Arena.ofConfined();
                    Sampler sampler = new Sampler(softmax, count)) {
                int drawn = sampler.sample(row(arena, logits), 0, rule, new TokenCounts(), 0, i);
                assertThat(drawn)
                        .as("seed %d, draw %d, %s", seed, i, rule)
                        .isEqualTo(naive(logits, rule, 0, i));
            }
        }
    }

    @Test
    void sample_whenGreedyOrNearlyCold_takesTheLowestOfTheBest() {
        try (Arena arena = Arena.ofConfined();
                Sampler sampler = new Sampler(Softmax.scalar(), 4)) {
            MemorySegment logits = row(arena, 1, 3, 3, -2);
            TokenCounts counts = new TokenCounts();
            assertThat(sampler.sample(logits, 0, rule(0, 0, 1, 0), counts, 0, 0)).isEqualTo(1);
            assertThat(sampler.sample(logits, 0, rule(1e-30f, 0, 1, 0), counts, 0, 0)).isEqualTo(1);
            assertThat(sampler.sample(logits, 0, rule(1, 1, 1, 0), counts, 0, 0)).isEqualTo(1);
        }
    }

    @Test
    void sample_whenALogitIsNotFinite_saysSo() {
        try (Arena arena = Arena.ofConfined();
                Sampler sampler = new Sampler(Softmax.scalar(), 3)) {
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                MemorySegment logits = row(arena, 1, bad, 3);
                TokenCounts counts = new TokenCounts();
                assertThat(sampler.sample(logits, 0, rule(1, 0, 1, 0), counts, 0, 0))
                        .isEqualTo(Sampler.NOT_FINITE);
                assertThat(sampler.scorePrompt(logits, 0, 0, 1, new TokenLikelihoods(1))).isFalse();
            }
        }
    }

    @Test
    void sample_whenDrawnOften_followsTheDistribution() {
        try (Arena arena = Arena.ofConfined();
                Sampler sampler = new Sampler(Softmax.scalar(), 5)) {
            double[] probabilities = {0.4, 0.3, 0.2, 0.07, 0.03};
            float[] logits = new float[5];
            for (int i = 0; i < 5; i++) {
                logits[i] = (float) Math.log(probabilities[i]);
            }
            MemorySegment row = row(arena, logits);
            int draws = 20_000;
            assertThat(frequencies(sampler, row, rule(1, 0, 1, 0), draws))
                    .containsExactly(probabilities, within(0.012));
            assertThat(frequencies(sampler, row, rule(1, 2, 1, 0), draws))
                    .containsExactly(new double[] {4 / 7.0, 3 / 7.0, 0, 0, 0}, within(0.012));
            assertThat(frequencies(sampler, row, rule(1, 0, 0.85f, 0), draws))
                    .containsExactly(new double[] {4 / 9.0, 3 / 9.0, 2 / 9.0, 0, 0}, within(0.012));
            assertThat(frequencies(sampler, row, rule(1, 0, 1, 0.6f), draws))
                    .containsExactly(new double[] {4 / 7.0, 3 / 7.0, 0, 0, 0}, within(0.012));
        }
    }

    private static double[] frequencies(
            Sampler sampler, MemorySegment row, SamplingRule rule, int draws) {
        double[] frequencies = new double[5];
        for (int i = 0; i < draws; i++) {
            frequencies[sampler.sample(row, 0, rule, new TokenCounts(), 0, i)] += 1.0 / draws;
        }
        return frequencies;
    }

    @Test
    void sample_whenPenaltiesAndBiasApply_adjustsLogitsAsComputedByHand() {
        try (Arena arena = Arena.ofConfined();
                Sampler sampler = new Sampler(Softmax.scalar(), 4)) {
            TokenCounts counts = new TokenCounts();
            counts.addPrompt(0);
            counts.addPrompt(1);
            counts.addGenerated(1);
            counts.addGenerated(1);
            counts.addGenerated(2);
            SamplingRule.Penalties penalties = new SamplingRule.Penalties(2, 0.5f, 0.25f);
            MemorySegment logits = row(arena, 4, 6, -1, 1);
            TokenLikelihoods scores = new TokenLikelihoods(4);
            int best =
                    sampler.sample(
                            logits,
                            0,
                            greedy(penalties, new TokenBias(Map.of(3, 1.5f, 0, -1f))),
                            counts,
                            0,
                            0);
            sampler.score(best, 4, scores);

            // 4/2 - 1; 6/2 - 2*0.25 - 0.5; -1*2 - 0.25 - 0.5; 1 + 1.5
            double[] adjusted = {1, 2, -2.75, 2.5};
            assertThat(best).isEqualTo(3);
            double logSum = 0;
            for (double logit : adjusted) {
                logSum += Math.exp(logit);
            }
            logSum = Math.log(logSum);
            assertThat(scores.logProbability()).isCloseTo((float) (2.5 - logSum), within(1e-6f));
            int[] order = {3, 1, 0, 2};
            for (int i = 0; i < 4; i++) {
                assertThat(scores.alternative(i)).isEqualTo(order[i]);
                assertThat(scores.alternativeLogProbability(i))
                        .isCloseTo((float) (adjusted[order[i]] - logSum), within(1e-6f));
            }
            assertThat(logits.getAtIndex(JAVA_FLOAT, 1)).as("the row is not touched").isEqualTo(6);
        }
    }

    @Test
    void score_whenVocabularyIsLarge_equalsNaiveLogSoftmax() {
        SplittableRandom random = new SplittableRandom(4);
        float[] logits = randomLogits(random, 10_000, false);
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        try (Arena arena = Arena.ofConfined();
                Sampler sampler = new Sampler(Softmax.scalar(), logits.length)) {
            TokenLikelihoods scores = new TokenLikelihoods(20);
            sampler.scorePrompt(row(arena, logits), 0, 77, 20, scores);
            assertThat(scores.logProbability())
                    .isCloseTo((float) (logits[77] - Math.log(sum)), within(1e-5f));
            List<Integer> best =
                    IntStream.range(0, logits.length)
                            .boxed()
                            .sorted(Comparator.comparingDouble(token -> -logits[token]))
                            .limit(20)
                            .toList();
            for (int i = 0; i < 20; i++) {
                assertThat(scores.alternative(i)).isEqualTo(best.get(i));
            }
        }
    }

    @Test
    void sample_whenWarm_allocatesNothing() {
        int vocabulary = 1000;
        float[] logits = randomLogits(new SplittableRandom(8), vocabulary, false);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        SamplingRule all =
                new SamplingRule(
                        0.8f,
                        50,
                        0.9f,
                        0.05f,
                        new SamplingRule.Penalties(1.1f, 0.1f, 0.1f),
                        3,
                        new TokenBias(Map.of(1, 1f)));
        try (Arena arena = Arena.ofConfined();
                Sampler sampler = new Sampler(Softmax.scalar(), vocabulary)) {
            MemorySegment row = row(arena, logits);
            TokenCounts counts = new TokenCounts();
            TokenLikelihoods scores = new TokenLikelihoods(20);
            IntStream.range(0, 30).forEach(counts::addGenerated);
            SamplingRule nucleus = rule(1, 0, 0.9f, 0);
            SamplingRule plain = rule(1, 0, 1, 0.1f);
            int samples = 300;
            long allocated = 0;
            // Compiled code and inline caches settle in the first rounds.
            for (int round = 0; round < 5; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < samples; i++) {
                    sampler.score(sampler.sample(row, 0, all, counts, 0, i), 20, scores);
                    sampler.sample(row, 0, nucleus, counts, 0, i);
                    sampler.sample(row, 0, plain, counts, 0, i);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(allocated / samples).as("bytes per token").isLessThan(16);
        }
    }
}
