package dev.tokamak.engine.execute;

/// What one kind of operation cost while a backend was profiled: sums over all layers and batches. Immutable.
///
/// @param name such as `gate/up`
/// @param calls times it ran
/// @param nanos from the cut into pieces to the end of the last piece, waiting included
/// @param bytes of weights (for attention: of keys and values) that it had to read, each counted once a call
/// @param multiplyAdds its products need; two arithmetic operations each
public record OperationProfile(
        String name, long calls, long nanos, long bytes, long multiplyAdds) {}
