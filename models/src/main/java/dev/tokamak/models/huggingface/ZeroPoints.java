package dev.tokamak.models.huggingface;

import java.lang.foreign.Arena;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The numbers that stand for zero, one for each row and group of columns. Thread-safe.
///
/// @param stored their matrix; without it all are as `added` says
/// @param added to each of them
record ZeroPoints(Optional<PackedIntegers> stored, int added) {

    /// The same for all.
    static ZeroPoints all(int zero) {
        return new ZeroPoints(Optional.empty(), zero);
    }

    Reader open(Arena owner) {
        return new Reader(stored.map(packed -> packed.open(owner)).orElse(null), added);
    }

    /// Reads zero points. Confined to one thread.
    record Reader(PackedIntegers.@Nullable Reader stored, int added) {

        int at(long row, long group) {
            return stored == null ? added : stored.at(row, group) + added;
        }
    }
}
