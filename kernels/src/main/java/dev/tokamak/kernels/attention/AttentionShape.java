package dev.tokamak.kernels.attention;

/// What emitted attention is specialised for. Immutable.
///
/// @param keyDim elements of one key
/// @param valueDim elements of one value
/// @param type of the cached elements
record AttentionShape(int keyDim, int valueDim, KvType type) {

    static AttentionShape of(KvLayout layout) {
        return new AttentionShape(layout.keyDim(), layout.valueDim(), layout.type());
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
