package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

/// One KV head of one layer and query heads that share it, all or a part of them. Immutable.
///
/// @param layer index of the layer in the KV layout
/// @param kvHead index of the KV head
/// @param firstQueryHead the first of the query heads, counted over all KV heads
/// @param queryHeads number of query heads
/// @param rule how scores are made
/// @param tokenStride floats from one token's query row to the next
/// @param outputStride floats from one token's output row to the next
public record AttentionHead(
        int layer,
        int kvHead,
        int firstQueryHead,
        int queryHeads,
        ScoreRule rule,
        int tokenStride,
        int outputStride) {

    public AttentionHead {
        if (layer < 0 || kvHead < 0 || firstQueryHead < 0 || queryHeads < 1) {
            throw new IllegalArgumentException(
                    "layer, kvHead and firstQueryHead must not be negative, queryHeads must be positive:"
                            + " %d, %d, %d, %d"
                                    .formatted(layer, kvHead, firstQueryHead, queryHeads));
        }
        long heads = (long) firstQueryHead + queryHeads;
        if (rule.hasSinks() && rule.sinks().byteSize() < heads * Float.BYTES) {
            throw new IllegalArgumentException(
                    "there are sinks for %d query heads, not for %d"
                            .formatted(rule.sinks().byteSize() / Float.BYTES, heads));
        }
    }

    /// The first position that a token at this position sees.
    int firstVisible(int position) {
        return rule.visibility().first(position);
    }

    /// The last position of the sequence that a token at this position sees.
    int lastVisible(int position, KvView view) {
        return rule.visibility().last(position, view.tokens());
    }

    /// The score that joins those of this query head, counted over all KV heads.
    float sink(int queryHead) {
        return rule.sinks().getAtIndex(JAVA_FLOAT, queryHead);
    }
}
