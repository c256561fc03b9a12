package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// The input rows of linear layers: fp32 rows that other operations write, and their quantised form (blocks of 32 along
/// the columns: signed bytes, an fp32 scale and an integer sum). Reused between steps; pieces write disjoint tokens.
public final class Activations {

    private final int capacity;
    private final int columns;
    private final MemorySegment floats;

    /// Room for `capacity` tokens of `columns` values.
    public Activations(int capacity, int columns, SegmentAllocator allocator) {
        this.capacity = capacity;
        this.columns = columns;
        this.floats = allocator.allocate((long) capacity * columns * Float.BYTES, 64);
    }

    public int capacity() {
        return capacity;
    }

    public int columns() {
        return columns;
    }

    /// The fp32 rows, `[capacity][columns]`.
    public MemorySegment floats() {
        return floats;
    }

    /// Offset of a token's fp32 row in [#floats()].
    public long offsetBytes(int token) {
        return (long) token * columns * Float.BYTES;
    }
}
