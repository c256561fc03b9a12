package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// The input rows of linear layers: fp32 rows that other operations write, and their quantised form (blocks of 32 along
/// the columns: integers, an fp32 scale and integer sums) as the [Linear] that made them reads it. Reused between steps;
/// pieces write disjoint tokens.
public final class Activations {

    /// Columns that share a scale.
    static final int BLOCK = 32;

    private final int capacity;
    private final int columns;
    private final MemorySegment floats;
    private final QuantizedRows quantized;
    private final boolean[] finite;

    Activations(int capacity, int columns, SegmentAllocator allocator, QuantizedRows quantized) {
        this.capacity = capacity;
        this.columns = columns;
        this.floats = allocator.allocate((long) capacity * columns * Float.BYTES, 64);
        this.quantized = quantized;
        this.finite = new boolean[capacity];
    }

    /// Room for `capacity` tokens of `columns` values, quantised into tiles of floats on the heap.
    static Activations ofFloatPlanes(int capacity, int columns, SegmentAllocator allocator) {
        requireShape(capacity, columns);
        return new Activations(
                capacity, columns, allocator, new FloatPlanes(capacity, blocks(columns)));
    }

    /// Room for `capacity` tokens of `columns` values, quantised into rows of records in native memory.
    static Activations ofBlockRows(int capacity, int columns, SegmentAllocator allocator) {
        requireShape(capacity, columns);
        return new Activations(
                capacity, columns, allocator, new BlockRows(capacity, blocks(columns), allocator));
    }

    private static void requireShape(int capacity, int columns) {
        if (capacity < 1 || columns < 1) {
            throw new IllegalArgumentException(
                    "activations of "
                            + capacity
                            + " tokens and "
                            + columns
                            + " columns; both must be 1 or more");
        }
    }

    private static int blocks(int columns) {
        return (columns + BLOCK - 1) / BLOCK;
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

    /// Whether all values of the token were finite when it was last quantised; if not, its products mean nothing.
    public boolean finite(int token) {
        return finite[token];
    }

    void finite(int token, boolean value) {
        finite[token] = value;
    }

    /// Blocks of a row, the last of which may be shorter.
    int blocks() {
        return blocks(columns);
    }

    QuantizedRows quantized() {
        return quantized;
    }

    /// The quantised form as the Vector API tier reads it.
    FloatPlanes floatPlanes() {
        if (quantized instanceof FloatPlanes planes) {
            return planes;
        }
        throw wrongForm("float planes");
    }

    /// The quantised form as emitted code reads it.
    BlockRows blockRows() {
        if (quantized instanceof BlockRows rows) {
            return rows;
        }
        throw wrongForm("block rows");
    }

    private IllegalArgumentException wrongForm(String needed) {
        return new IllegalArgumentException(
                "activations quantised into "
                        + quantized
                        + " were given to a linear layer that reads "
                        + needed
                        + ": it must create them itself");
    }
}
