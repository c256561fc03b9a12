package dev.tokamak.models.architecture;

import java.util.OptionalInt;

/// The heads of one attention block. Immutable.
///
/// @param queries query heads
/// @param keyValues key and value heads, which groups of query heads share (GQA)
/// @param keyDim elements of one query or key head
/// @param valueDim elements of one value head
/// @param borrowed the earlier layer whose keys and values are read; empty for a layer that has its own
public record HeadShape(
        int queries, int keyValues, int keyDim, int valueDim, OptionalInt borrowed) {

    /// Heads with keys and values of their own.
    public HeadShape(int queries, int keyValues, int keyDim, int valueDim) {
        this(queries, keyValues, keyDim, valueDim, OptionalInt.empty());
    }

    /// The same heads reading what that layer has stored.
    HeadShape borrowing(int layer) {
        return new HeadShape(queries, keyValues, keyDim, valueDim, OptionalInt.of(layer));
    }

    int queryRows() {
        return Math.multiplyExact(queries, keyDim);
    }

    int keyRows() {
        return Math.multiplyExact(keyValues, keyDim);
    }

    int valueRows() {
        return Math.multiplyExact(keyValues, valueDim);
    }

    int outputColumns() {
        return Math.multiplyExact(queries, valueDim);
    }
}
