package dev.tokamak.kernels.attention;

import java.lang.foreign.MemorySegment;

/// How the scores of a layer are made of products of queries and keys, which keys have one, and what else joins them.
/// Immutable.
///
/// @param scale factor of a product, usually `1 / sqrt(keyDim)`
/// @param softcap keeps a score within ± this: `softcap * tanh(score / softcap)`; 0 for none
/// @param visibility which keys have a score
/// @param sinks fp32, one for each query head of the layer: a score that belongs to no key and takes its share; of size 0
///     for none
public record ScoreRule(float scale, float softcap, Visibility visibility, MemorySegment sinks) {

    public ScoreRule {
        if (!(softcap >= 0) || softcap == Float.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "softcap must be 0 or a positive number, not " + softcap);
        }
    }

    /// All earlier keys and nothing else.
    public static ScoreRule causal(float scale) {
        return new ScoreRule(scale, 0f, Visibility.causal(), MemorySegment.NULL);
    }

    public ScoreRule withSoftcap(float newSoftcap) {
        return new ScoreRule(scale, newSoftcap, visibility, sinks);
    }

    public ScoreRule withVisibility(Visibility newVisibility) {
        return new ScoreRule(scale, softcap, newVisibility, sinks);
    }

    public ScoreRule withSinks(MemorySegment newSinks) {
        return new ScoreRule(scale, softcap, visibility, newSinks);
    }

    boolean hasSoftcap() {
        return softcap > 0;
    }

    boolean hasSinks() {
        return sinks.byteSize() > 0;
    }
}
