package dev.tokamak.kernels.attention;

/// What one layer keeps of each token. Immutable.
///
/// @param kvHeads number of KV heads; 0 for a layer that keeps nothing
/// @param keyDim elements of one key
/// @param valueDim elements of one value
public record KvLayer(int kvHeads, int keyDim, int valueDim) {

    /// A layer that keeps nothing.
    public static final KvLayer NONE = new KvLayer(0, 0, 0);

    public KvLayer {
        if (kvHeads < 0 || (kvHeads > 0 && (keyDim < 1 || valueDim < 1))) {
            throw new IllegalArgumentException(
                    "kvHeads must not be negative, keyDim and valueDim must be positive: %d, %d, %d"
                            .formatted(kvHeads, keyDim, valueDim));
        }
    }

    /// Bytes of the keys and values of one head in one page.
    long headBytes(KvType type) {
        return (long) KvLayout.PAGE_TOKENS * (keyDim + valueDim) * type.elementBytes();
    }
}
