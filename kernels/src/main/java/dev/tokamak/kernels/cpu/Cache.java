package dev.tokamak.kernels.cpu;

/// One cache of the processor as one core sees it. Immutable.
///
/// @param level 1 is the nearest
/// @param sharedBy logical processors that may share it
public record Cache(int level, Kind kind, long bytes, int sharedBy) {

    /// What a cache holds.
    public enum Kind {
        DATA,
        INSTRUCTIONS,
        BOTH
    }
}
