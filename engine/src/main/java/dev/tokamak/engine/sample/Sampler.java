package dev.tokamak.engine.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

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
     * No vocabulary is ever sorted. Top-k keeps a heap of k while scanning. Top-p without top-k scans for the tokens
     * that weigh enough to matter: those below (1 - p) * sum / (2 * vocabulary) weigh less than half of what top-p cuts
     * off, so the nucleus lies above; the rest is a heap popped until p is reached. (Should rounding defeat this bound,
     * the candidates run out and all are kept: they weigh p of the sum but for that rounding.) */

    /// What [#sample] returns when a logit is NaN or infinite.
    public static final int NOT_FINITE = -1;

    private static final int NONE = -1;

    private final Softmax softmax;
    private final int vocabulary;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment adjusted;
    private final MemorySegment weights;
    private final RankedTokens ranked;
    private final int[] kept;
    private final double[] cumulative;

    /// The row that the last call saw after penalties and bias: a copy, or the caller's.
    private MemorySegment row;

    private long rowBytes;

    public Sampler(Softmax softmax, int vocabulary) {
        this.softmax = softmax;
        this.vocabulary = vocabulary;
        adjusted = arena.allocate((long) vocabulary * Float.BYTES, 64);
        weights = arena.allocate((long) vocabulary * Float.BYTES, 64);
        ranked = new RankedTokens(vocabulary);
        kept = new int[vocabulary];
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
        int best = softmax.argMax(row, rowBytes, vocabulary);
        if (best < 0 || rule.greedy()) {
            return best;
        }
        float sum =
                softmax.exponentials(row, rowBytes, vocabulary, 1 / rule.temperature(), weights, 0);
        float uniform = Philox.uniform(rule.seed(), choice, position);
        if (rule.topK() > 0 && rule.topK() < vocabulary) {
            return draw(keepTopK(rule.topK(), rule.topP()), rule.minP(), uniform);
        }
        if (rule.topP() < 1) {
            return draw(keepNucleus(sum, rule.topP()), rule.minP(), uniform);
        }
        return drawByToken(rule.minP(), uniform);
    }

    /// Makes `scores` hold the log-probability of a token, and of the most likely ones beside it, in the row of the last
    /// [#sample].
    public void score(int token, int alternatives, TokenLikelihoods scores) {
        double logSum = softmax.logSumExp(row, rowBytes, vocabulary);
        ranked.clear();
        for (int i = 0; alternatives > 0 && i < vocabulary; i++) {
            ranked.offer(RankedTokens.entry(i, logit(i)), alternatives);
        }
        ranked.heapify();
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
        if (softmax.argMax(row, rowBytes, vocabulary) < 0) {
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

    /// Draws from all tokens that weigh at least `minimum`, by ascending token.
    private int drawByToken(float minimum, float uniform) {
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            float weight = weight(i);
            sum += weight >= minimum ? weight : 0;
        }
        double target = uniform * sum;
        double running = 0;
        int last = NONE;
        for (int i = 0; i < vocabulary; i++) {
            float weight = weight(i);
            if (weight >= minimum && weight > 0) {
                running += weight;
                last = i;
                if (running > target) {
                    return i;
                }
            }
        }
        return last;
    }

    /// Keeps the k most likely tokens, and of these what top-p leaves; returns how many.
    private int keepTopK(int k, float topP) {
        ranked.clear();
        for (int i = 0; i < vocabulary; i++) {
            ranked.offer(RankedTokens.entry(i, logit(i)), k);
        }
        int count = keepUntil(Double.POSITIVE_INFINITY);
        return topP < 1 ? firstReaching(topP * cumulative[count - 1], count) + 1 : count;
    }

    /// Keeps the most likely tokens that reach p of the vocabulary's weight; returns how many.
    private int keepNucleus(float sum, float topP) {
        double threshold = (1.0 - topP) * sum / (2.0 * vocabulary);
        ranked.clear();
        for (int i = 0; i < vocabulary; i++) {
            if (weight(i) >= threshold) {
                ranked.add(RankedTokens.entry(i, logit(i)));
            }
        }
        return keepUntil((double) topP * sum);
    }

    /// Keeps tokens of the heap, most likely first, until they weigh this much; returns how many.
    private int keepUntil(double enough) {
        ranked.heapify();
        int count = 0;
        double running = 0;
        while (ranked.size() > 0 && running < enough) {
            int token = RankedTokens.token(ranked.pop());
            running += weight(token);
            kept[count] = token;
            cumulative[count++] = running;
        }
        return count;
    }

    /// Draws from the first `count` kept tokens that weigh at least `minimum`.
    private int draw(int count, float minimum, float uniform) {
        int heavy = count;
        while (heavy > 1 && weight(kept[heavy - 1]) < minimum) {
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
}
