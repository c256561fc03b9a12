package dev.tokamak.kernels.attention;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Where the keys and values of a token lie in a KV page. Immutable.
///
/// A page holds [#PAGE_TOKENS] tokens at absolute multiples of 32. For each layer, then each KV head, it holds
/// keys as `[keyDim][32 tokens]` followed by values as `[32 tokens][valueDim]`. Layers may differ.
public final class KvLayout {

    /// Tokens of one page.
    public static final int PAGE_TOKENS = 32;

    /// Keys of one segment: a run of pages at absolute multiples of 512 with a maximum, sum and output of its own.
    public static final int SEGMENT_TOKENS = 512;

    /// Pages of one segment.
    static final int SEGMENT_PAGES = SEGMENT_TOKENS / PAGE_TOKENS;

    private final List<KvLayer> layers;
    private final KvType type;
    private final long[] offsetsBytes;
    private final long[] headBytes;
    private final long pageBytes;
    private final int widestKey;
    private final int widestValue;

    /// @param layers one for each layer of the model, in its order
    public KvLayout(List<KvLayer> layers, KvType type) {
        this.layers = List.copyOf(layers);
        this.type = type;
        offsetsBytes = new long[layers.size()];
        headBytes = new long[layers.size()];
        long end = 0;
        int key = 0;
        int value = 0;
        for (int i = 0; i < offsetsBytes.length; i++) {
            KvLayer layer = layers.get(i);
            offsetsBytes[i] = end;
            headBytes[i] = layer.headBytes(type);
            end = Math.addExact(end, Math.multiplyExact(layer.kvHeads(), headBytes[i]));
            key = Math.max(key, layer.keyDim());
            value = Math.max(value, layer.valueDim());
        }
        pageBytes = end;
        widestKey = key;
        widestValue = value;
    }

    /// A layout whose layers are all alike.
    public KvLayout(int layers, KvLayer each, KvType type) {
        this(Collections.nCopies(layers, each), type);
    }

    /// Pages that hold this many tokens.
    public static long pages(int tokens) {
        return (tokens + (PAGE_TOKENS - 1L)) / PAGE_TOKENS;
    }

    /// Segments that hold this many tokens.
    public static int segments(int tokens) {
        return (int) ((tokens + (SEGMENT_TOKENS - 1L)) / SEGMENT_TOKENS);
    }

    /// Number of layers.
    public int layers() {
        return layers.size();
    }

    public KvLayer layer(int index) {
        return layers.get(index);
    }

    /// The type of all elements.
    public KvType type() {
        return type;
    }

    /// Elements of the longest key of any layer.
    public int widestKey() {
        return widestKey;
    }

    /// Elements of the longest value of any layer.
    public int widestValue() {
        return widestValue;
    }

    /// Bytes of the keys and values of one head of a layer in one page.
    public long headBytes(int layer) {
        return headBytes[layer];
    }

    /// Bytes of one page over all layers and heads.
    public long pageBytes() {
        return pageBytes;
    }

    /// Offset of the keys of one head of one layer from the start of the page; its values follow after
    /// `PAGE_TOKENS * keyDim` elements.
    public long headOffsetBytes(int layer, int kvHead) {
        return offsetsBytes[layer] + kvHead * headBytes[layer];
    }

    @Override
    public String toString() {
        Set<String> kinds = new TreeSet<>();
        layers.forEach(layer -> kinds.add(layer.toString()));
        return "%d layers of %s, %s".formatted(layers.size(), String.join(" or ", kinds), type);
    }
}
