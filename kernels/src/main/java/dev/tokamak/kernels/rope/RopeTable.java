package dev.tokamak.kernels.rope;

/// Cosines and sines of a model's rotary embedding, computed in double by `StrictMath` and built page by page as
/// positions are first used. Thread-safe.
public final class RopeTable {

    /// Which elements of a head form a rotated pair.
    public enum Pairing {
        /// `(2i, 2i + 1)`
        ADJACENT,
        /// `(i, i + rotatedDim / 2)`
        HALVES
    }

    private RopeTable() {}
}
