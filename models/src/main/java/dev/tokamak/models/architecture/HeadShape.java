package dev.tokamak.models.architecture;

/// The heads of one attention block. Immutable.
///
/// @param queries query heads
/// @param keyValues key and value heads, which groups of query heads share (GQA)
/// @param keyDim elements of one query or key head
/// @param valueDim elements of one value head
public record HeadShape(int queries, int keyValues, int keyDim, int valueDim) {

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
