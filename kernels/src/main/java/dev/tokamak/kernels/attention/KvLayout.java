package dev.tokamak.kernels.attention;

/// Where the keys and values of a token lie in a KV page. Immutable.
///
/// A page holds [#PAGE_TOKENS] tokens at absolute multiples of 32. For each layer, then each KV head, it holds
/// keys as `[keyDim][32 tokens]` followed by values as `[32 tokens][valueDim]`.
///
/// @param layers number of layers with a KV cache
/// @param kvHeads KV heads of each layer
/// @param keyDim elements of one key
/// @param valueDim elements of one value
/// @param type of the elements
public record KvLayout(int layers, int kvHeads, int keyDim, int valueDim, KvType type) {

    /// Tokens of one page.
    public static final int PAGE_TOKENS = 32;

    public KvLayout {
        if (layers < 1 || kvHeads < 1 || keyDim < 1 || valueDim < 1) {
            throw new IllegalArgumentException(
                    "layers, kvHeads, keyDim and valueDim must be positive: %d, %d, %d, %d"
                            .formatted(layers, kvHeads, keyDim, valueDim));
        }
    }

    /// A layout of fp16 elements.
    public KvLayout(int layers, int kvHeads, int keyDim, int valueDim) {
        this(layers, kvHeads, keyDim, valueDim, KvType.F16);
    }

    /// Pages that hold this many tokens.
    public static long pages(int tokens) {
        return (tokens + PAGE_TOKENS - 1L) / PAGE_TOKENS;
    }

    /// Keys of one segment: a run of pages at absolute multiples of 512 with a maximum, sum and output of its own.
    public static final int SEGMENT_TOKENS = 512;

    /// Pages of one segment.
    static final int SEGMENT_PAGES = SEGMENT_TOKENS / PAGE_TOKENS;

    /// Segments that hold this many tokens.
    public static int segments(int tokens) {
        return (int) ((tokens + SEGMENT_TOKENS - 1L) / SEGMENT_TOKENS);
    }

    /// Bytes of the keys and values of one head of one layer in one page.
    public long headBytes() {
        return (long) PAGE_TOKENS * (keyDim + valueDim) * type.elementBytes();
    }

    /// Bytes of one page over all layers and heads.
    public long pageBytes() {
        return (long) layers * kvHeads * headBytes();
    }

    /// Offset of the keys of one head of one layer from the start of the page; its values follow after
    /// `PAGE_TOKENS * keyDim` elements.
    public long headOffsetBytes(int layer, int kvHead) {
        return ((long) layer * kvHeads + kvHead) * headBytes();
    }
}
