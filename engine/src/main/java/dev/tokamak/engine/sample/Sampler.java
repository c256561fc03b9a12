package dev.tokamak.engine.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tokamak.kernels.random.Philox;
import dev.tokamak.kernels.softmax.Softmax;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Draws tokens from rows of logits. What it draws depends on the row, the rule, the counts, the choice and the position
/// only. Allocates nothing after construction. Confined to the engine thread.
public final class Sampler implements AutoCloseable {

    /* In this order: repetition, frequency and presence penalties, bias; [log-probabilities are of this point]
     * temperature; top-k; top-p over what top-k kept; min-p relative to the most likely token; the draw.
     *
     * Weights are exp((logit - max) / temperature), so the most likely token weighs 1. Sums of weights are taken in
     * double, one by one in walking order: most likely first (lower token first among equal logits) when top-k or top-p
     * is on, else by ascending token. The draw takes the first token whose running sum exceeds uniform * sum of kept.
     * The whole-vocabulary sum that top-p without top-k needs is the kernel's, in the order of the contract.
     *
     * No vocabulary is ever sorted, and few logits are looked at one by one. The k-th largest of the maxima that argMax
     * gives is a logit that at least k tokens reach; those that reach it are found by the kernel, and a heap ranks them.
     * Top-p without top-k looks so at 64 tokens, then at 512, whether they reach p; if not, at all that weigh enough to
     * matter: those below (1 - p) * sum / (2 * vocabulary) weigh less than half of what top-p cuts off, so the nucleus lies
     * above. (Should rounding defeat this bound, the candidates run out and all are kept: they weigh p of the sum but for
     * that rounding.) In each case the heap is popped until p is reached. */

    /// What [#sample] returns when a logit is NaN or infinite.
    public static final int NOT_FINITE = -1;

    private static final int NONE = -1;
    private static final int FIRST_CANDIDATES = 64;
    private static final int MORE_CANDIDATES = 8;

    /// Less than this part of what is needed is too little, in whatever order it was summed.
    private static final double SURELY = 1 - 1e-9;

    /// Tokens between two running sums that a draw by token keeps.
    private static final int STRIDE = 64;

    private final Softmax softmax;
    private final int vocabulary;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment adjusted;
    private final MemorySegment weights;
    private final MemorySegment maxima;
    private final MemorySegment found;
    private final MemorySegment keptLogits;
    private final RankedTokens ranked;
    private final int[] kept;
    private final float[] keptWeights;
    private final double[] cumulative;

    /// The row that the last call saw after penalties and bias: a copy, or the caller's.
    private MemorySegment row;

    private long rowBytes;

    public Sampler(Softmax softmax, int vocabulary) {
        this.softmax = softmax;
        this.vocabulary = vocabulary;
        adjusted = arena.allocate((long) vocabulary * Float.BYTES, 64);
        weights = arena.allocate((long) vocabulary * Float.BYTES, 64);
        maxima = arena.allocate((long) Softmax.maxima(vocabulary) * Float.BYTES, 64);
        found = arena.allocate((long) vocabulary * Integer.BYTES, 64);
        keptLogits = arena.allocate((long) vocabulary * Float.BYTES, 64);
        ranked = new RankedTokens(Math.max(vocabulary, Softmax.maxima(vocabulary)));
        kept = new int[vocabulary];
        keptWeights = new float[vocabulary];
        cumulative = new double[vocabulary];
        row = adjusted;
    }

    /// Draws a token from the logits at this offset, or [#NOT_FINITE].
    public int sample(
            MemorySegment logits,
            long offsetBytes,
            SamplingRule rule,
            TokenCounts counts,
            int choice,
            long position) {
        row = logits;
        rowBytes = offsetBytes;
        if (rule.adjusts()) {
            MemorySegment.copy(logits, offsetBytes, adjusted, 0, adjusted.byteSize());
            row = adjusted;
            rowBytes = 0;
            penalize(rule.penalties(), counts);
            bias(rule.bias());
        }
        int best = softmax.argMax(row, rowBytes, vocabulary, maxima);
        if (best < 0 || rule.greedy()) {
            return best;
        }
        float uniform = Philox.uniform(rule.seed(), choice, position);
        float inverseTemperature = 1 / rule.temperature();
        if (rule.topK() > 0 && rule.topK() < vocabulary) {
            int count = keepTopK(rule.topK(), rule.topP(), inverseTemperature);
            return draw(count, rule.minP(), uniform);
        }
        float sum = softmax.exponentials(row, rowBytes, vocabulary, inverseTemperature, weights, 0);
        if (rule.topP() < 1) {
            return draw(keepNucleus(sum, rule.topP()), rule.minP(), uniform);
        }
        return rule.minP() > 0 ? drawFromHeavy(rule.minP(), uniform) : drawFromAll(best, uniform);
    }

    /// Makes `scores` hold the log-probability of a token, and of the most likely ones beside it, in the row of the last
    /// [#sample].
    public void score(int token, int alternatives, TokenLikelihoods scores) {
        double logSum = softmax.logSumExp(row, rowBytes, vocabulary);
        rankMostLikely(alternatives);
        scores.clear(token, (float) (logit(token) - logSum));
        while (ranked.size() > 0) {
            int alternative = RankedTokens.token(ranked.pop());
            scores.add(alternative, (float) (logit(alternative) - logSum));
        }
    }

    /// As [#score], for a token of the prompt and the row before it as the model gave it; false when a logit is not finite.
    public boolean scorePrompt(
            MemorySegment logits,
            long offsetBytes,
            int token,
            int alternatives,
            TokenLikelihoods scores) {
        row = logits;
        rowBytes = offsetBytes;
        if (softmax.argMax(row, rowBytes, vocabulary, maxima) < 0) {
            return false;
        }
        score(token, alternatives, scores);
        return true;
    }

    @Override
    public void close() {
        arena.close();
    }

    private void penalize(SamplingRule.Penalties penalties, TokenCounts counts) {
        if (!penalties.apply()) {
            return;
        }
        for (int slot = 0; slot < counts.slots(); slot++) {
            int token = counts.token(slot);
            if (token == NONE) {
                continue;
            }
            float logit = adjusted.getAtIndex(JAVA_FLOAT, token);
            logit = logit > 0 ? logit / penalties.repetition() : logit * penalties.repetition();
            int count = counts.count(slot);
            if (count > 0) {
                logit -= count * penalties.frequency() + penalties.presence();
            }
            adjusted.setAtIndex(JAVA_FLOAT, token, logit);
        }
    }

    private void bias(TokenBias bias) {
        for (int i = 0; i < bias.size(); i++) {
            int token = bias.token(i);
            adjusted.setAtIndex(
                    JAVA_FLOAT, token, adjusted.getAtIndex(JAVA_FLOAT, token) + bias.term(i));
        }
    }

    /// Draws from all tokens, by ascending token.
    private int drawFromAll(int best, float uniform) {
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            if (i % STRIDE == 0) {
                cumulative[i / STRIDE] = sum;
            }
            sum += weight(i);
        }
        double target = uniform * sum;
        int stride = (vocabulary - 1) / STRIDE;
        while (stride > 0 && cumulative[stride] > target) {
            stride--;
        }
        double running = cumulative[stride];
        for (int i = stride * STRIDE; i < vocabulary; i++) {
            running += weight(i);
            if (running > target) {
                return i;
            }
        }
        return best;
    }

    /// Draws from the tokens that weigh at least `minimum`, by ascending token.
    private int drawFromHeavy(float minimum, float uniform) {
        int count = softmax.atLeast(weights, 0, vocabulary, minimum, found);
        double running = 0;
        for (int i = 0; i < count; i++) {
            running += weight(found(i));
            cumulative[i] = running;
        }
        double target = uniform * running;
        int i = 0;
        while (i < count - 1 && cumulative[i] <= target) {
            i++;
        }
        return found(i);
    }

    /// Keeps the k most likely tokens, and of these what top-p leaves; returns how many.
    private int keepTopK(int k, float topP, float inverseTemperature) {
        rankMostLikely(k);
        int count = 0;
        while (ranked.size() > 0) {
            int token = RankedTokens.token(ranked.pop());
            keptLogits.setAtIndex(JAVA_FLOAT, count, logit(token));
            kept[count++] = token;
        }
        softmax.exponentials(keptLogits, 0, count, inverseTemperature, weights, 0);
        double running = 0;
        for (int i = 0; i < count; i++) {
            keptWeights[i] = weight(i);
            running += keptWeights[i];
            cumulative[i] = running;
        }
        return topP < 1 ? firstReaching(topP * running, count) + 1 : count;
    }

    /// Makes the heap hold the k most likely tokens.
    private void rankMostLikely(int k) {
        ranked.clear();
        if (k == 0) {
            return;
        }
        int count = findMostLikely(k);
        ranked.clear();
        for (int i = 0; i < count; i++) {
            int token = found(i);
            ranked.offer(RankedTokens.entry(token, logit(token)), k);
        }
        ranked.heapify();
    }

    /// Finds the k most likely tokens and perhaps more; returns how many. Overwrites the heap.
    private int findMostLikely(int k) {
        float threshold = Float.NEGATIVE_INFINITY;
        int count = Softmax.maxima(vocabulary);
        if (k <= count) {
            ranked.clear();
            for (int i = 0; i < count; i++) {
                ranked.offer(RankedTokens.entry(i, maxima.getAtIndex(JAVA_FLOAT, i)), k);
            }
            int least = RankedTokens.token(ranked.least());
            threshold = maxima.getAtIndex(JAVA_FLOAT, least);
        }
        return softmax.atLeast(row, rowBytes, vocabulary, threshold, found);
    }

    /// Keeps the most likely tokens that reach p of the vocabulary's weight; returns how many.
    private int keepNucleus(float sum, float topP) {
        double lightest = (1.0 - topP) * sum / (2.0 * vocabulary);
        double enough = (double) topP * sum;
        int most = Softmax.maxima(vocabulary) / 2;
        for (int k = FIRST_CANDIDATES; k <= most; k *= MORE_CANDIDATES) {
            if (rankFound(findMostLikely(k), lightest) >= enough * SURELY) {
                int count = keepUntil(enough);
                if (cumulative[count - 1] >= enough) {
                    return count;
                }
            }
        }
        float threshold = (float) lightest;
        int count = softmax.atLeast(weights, 0, vocabulary, threshold, found);
        rankFound(count, lightest);
        return keepUntil(enough);
    }

    /// Makes the heap hold the first `count` tokens found that weigh at least this much; returns their weight.
    private double rankFound(int count, double lightest) {
        ranked.clear();
        double sum = 0;
        for (int i = 0; i < count; i++) {
            int token = found(i);
            float weight = weight(token);
            if (weight >= lightest) {
                ranked.add(RankedTokens.entry(token, logit(token)));
                sum += weight;
            }
        }
        ranked.heapify();
        return sum;
    }

    /// Keeps tokens of the heap, most likely first, until they weigh this much; returns how many.
    private int keepUntil(double enough) {
        int count = 0;
        double running = 0;
        while (ranked.size() > 0 && running < enough) {
            int token = RankedTokens.token(ranked.pop());
            running += weight(token);
            kept[count] = token;
            keptWeights[count] = weight(token);
            cumulative[count++] = running;
        }
        return count;
    }

    /// Draws from the first `count` kept tokens that weigh at least `minimum`.
    private int draw(int count, float minimum, float uniform) {
        int heavy = count;
        while (heavy > 1 && keptWeights[heavy - 1] < minimum) {
            heavy--;
        }
        double target = uniform * cumulative[heavy - 1];
        int i = 0;
        while (i < heavy - 1 && cumulative[i] <= target) {
            i++;
        }
        return kept[i];
    }

    private int firstReaching(double target, int count) {
        int i = 0;
        while (i < count - 1 && cumulative[i] < target) {
            i++;
        }
        return i;
    }

    private float logit(int token) {
        return row.get(JAVA_FLOAT, rowBytes + (long) token * Float.BYTES);
    }

    private float weight(int token) {
        return weights.getAtIndex(JAVA_FLOAT, token);
    }

    private int found(int index) {
        return found.getAtIndex(JAVA_INT, index);
    }
}
