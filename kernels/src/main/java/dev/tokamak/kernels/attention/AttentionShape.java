package dev.tokamak.kernels.attention;

/// What emitted attention is specialised for. Immutable.
///
/// @param keyDim elements of one key
/// @param valueDim elements of one value
/// @param type of the cached elements
/// @param softcap whether scores are capped
record AttentionShape(int keyDim, int valueDim, KvType type, boolean softcap) {

    static AttentionShape of(KvView view, AttentionHead head) {
        KvLayer layer = view.layout().layer(head.layer());
        KvType type = view.layout().type();
        return new AttentionShape(layer.keyDim(), layer.valueDim(), type, head.rule().hasSoftcap());
    }

    /// Whether this is the shape of such a head.
    boolean fits(KvView view, AttentionHead head) {
        KvLayer layer = view.layout().layer(head.layer());
        return keyDim == layer.keyDim()
                && valueDim == layer.valueDim()
                && type == view.layout().type()
                && softcap == head.rule().hasSoftcap();
    }

    int elementBytes() {
        return type.elementBytes();
    }

    /// Bytes of the keys of one page and head; its values follow.
    int keyBytes() {
        return KvLayout.PAGE_TOKENS * keyDim * elementBytes();
    }

    /// Vectors that hold an output, the last one perhaps in part.
    int outputVectors(int lanes) {
        return (valueDim + lanes - 1) / lanes;
    }

    TileRow row() {
        return TileRow.of(keyDim, valueDim);
    }
}
