package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// The input rows of linear layers: fp32 rows that other operations write, and their quantised form (blocks of 32 along
/// the columns: integers, an fp32 scale and an integer sum). Reused between steps; pieces write disjoint tokens.
public final class Activations {

    /* The quantised form is stored for tiles of 8 tokens: integers as [tile][column][8], scales and sums as
     * [tile][block][8]. A kernel thus reads one ascending stream, whatever the row length, and never meets the cache-set
     * conflicts of rows that lie 4 KiB apart. The integers are floats, ready to be multiplied in fp32 lanes: they and
     * their sums over a block are far below 2^24, so nothing is ever rounded. A kernel that starts in the middle of a tile
     * reads up to 7 values too far, which it does not use: hence one tile more at the end of each plane. These planes are Java arrays because the
     * compiler turns an array element that is broadcast into one instruction without a check in the loop. */

    /// Columns that share a scale.
    static final int BLOCK = 32;

    /// Tokens whose quantised forms are interleaved.
    static final int TILE = 8;

    private final int capacity;
    private final int columns;
    private final int blocks;
    private final MemorySegment floats;
    private final float[] quants;
    private final float[] scales;
    private final float[] sums;
    private final float[] scaledSums;
    private final boolean[] finite;

    /// Room for `capacity` tokens of `columns` values.
    public Activations(int capacity, int columns, SegmentAllocator allocator) {
        if (capacity < 1 || columns < 1) {
            throw new IllegalArgumentException(
                    "activations of "
                            + capacity
                            + " tokens and "
                            + columns
                            + " columns; both must be 1 or more");
        }
        this.capacity = capacity;
        this.columns = columns;
        this.blocks = (columns + BLOCK - 1) / BLOCK;
        this.floats = allocator.allocate((long) capacity * columns * Float.BYTES, 64);
        int paddedTokens = (capacity + TILE - 1) / TILE * TILE;
        this.quants = new float[Math.multiplyExact(paddedTokens, blocks * BLOCK) + TILE];
        this.scales = new float[paddedTokens * blocks + TILE];
        this.sums = new float[paddedTokens * blocks + TILE];
        this.scaledSums = new float[paddedTokens * blocks + TILE];
        this.finite = new boolean[capacity];
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

    int blocks() {
        return blocks;
    }

    /// The integers, each between -127 and 127; see [#quantIndex].
    float[] quants() {
        return quants;
    }

    /// The scale of each block; see [#blockIndex].
    float[] scales() {
        return scales;
    }

    /// The sum of the integers of each block; see [#blockIndex].
    float[] sums() {
        return sums;
    }

    /// Scale times sum of each block, rounded once; see [#blockIndex].
    float[] scaledSums() {
        return scaledSums;
    }

    /// Where the token's integer of column 0 is; that of column k is `8 * k` further.
    int quantIndex(int token) {
        return token / TILE * blocks * BLOCK * TILE + token % TILE;
    }

    /// Where the token's values of block 0 are; those of block b are `8 * b` further.
    int blockIndex(int token) {
        return token / TILE * blocks * TILE + token % TILE;
    }
}
