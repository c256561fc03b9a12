package dev.tokamak.kernels.attention;

/// One KV head of one layer and the query heads that share it. Immutable.
///
/// @param layer index of the layer in the KV layout
/// @param kvHead index of the KV head
/// @param queryHeads number of query heads that share it
/// @param scale factor of the scores, usually `1 / sqrt(keyDim)`
/// @param window positions that a token sees, its own included; `Integer.MAX_VALUE` when all earlier ones
/// @param tokenStride floats from one token's query row to the next
/// @param outputStride floats from one token's output row to the next
public record AttentionHead(
        int layer,
        int kvHead,
        int queryHeads,
        float scale,
        int window,
        int tokenStride,
        int outputStride) {

    public AttentionHead {
        if (layer < 0 || kvHead < 0 || queryHeads < 1 || window < 1) {
            throw new IllegalArgumentException(
                    "layer and kvHead must not be negative, queryHeads and window must be positive:"
                            + " %d, %d, %d, %d".formatted(layer, kvHead, queryHeads, window));
        }
    }

    /// The first position that a token at this position sees.
    public int firstVisible(int position) {
        return Math.max(0, position - (window - 1));
    }
}
