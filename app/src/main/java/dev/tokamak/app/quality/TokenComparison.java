package dev.tokamak.app.quality;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What two models said about one token that followed. Immutable.
///
/// @param reference the negative log-likelihood of the token by the reference
/// @param other the same by the other model
/// @param divergence Kullback-Leibler divergence of the other model's prediction from the reference's, in nats
/// @param sameTop whether both hold the same token most likely
record TokenComparison(double reference, double other, double divergence, boolean sameTop) {

    /* Log-sum-exp in double, so what is measured are the models and not this. */

    /// Compares two rows of fp32 logits.
    ///
    /// @param next the token that really followed
    static TokenComparison of(
            MemorySegment reference, MemorySegment other, int vocabulary, int next) {
        int referenceTop = top(reference, vocabulary);
        int otherTop = top(other, vocabulary);
        double referenceSum = logSum(reference, vocabulary, referenceTop);
        double otherSum = logSum(other, vocabulary, otherTop);
        double divergence = 0;
        for (int i = 0; i < vocabulary; i++) {
            double mine = logit(reference, i) - referenceSum;
            double theirs = logit(other, i) - otherSum;
            divergence += Math.exp(mine) * (mine - theirs);
        }
        return new TokenComparison(
                referenceSum - logit(reference, next),
                otherSum - logit(other, next),
                Math.max(0, divergence),
                referenceTop == otherTop);
    }

    boolean isFinite() {
        return Double.isFinite(reference) && Double.isFinite(other) && Double.isFinite(divergence);
    }

    private static int top(MemorySegment row, int vocabulary) {
        int best = 0;
        for (int i = 1; i < vocabulary; i++) {
            if (logit(row, i) > logit(row, best)) {
                best = i;
            }
        }
        return best;
    }

    private static double logSum(MemorySegment row, int vocabulary, int top) {
        double peak = logit(row, top);
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp(logit(row, i) - peak);
        }
        return peak + Math.log(sum);
    }

    private static float logit(MemorySegment row, int index) {
        return row.get(ValueLayout.JAVA_FLOAT, (long) index * Float.BYTES);
    }
}
