package dev.tokamak.kernels.linear;

/// Quantised activations as floats on the heap, in tiles of tokens: what the Vector API tier reads. Pieces write disjoint
/// tokens.
final class FloatPlanes implements QuantizedRows {

    /* Integers lie as [tile][column][8], scales and sums as [tile][block][8]. A kernel thus reads one ascending stream,
     * whatever the row length, and never meets the cache-set conflicts of rows that lie 4 KiB apart. The integers are
     * floats, ready to be multiplied in fp32 lanes: they and their sums over a block are far below 2^24, so nothing is
     * ever rounded. A kernel that starts in the middle of a tile reads up to 7 values too far, which it does not use:
     * hence one tile more at the end of each plane. The planes are Java arrays because the compiler turns an array element
     * that is broadcast into one instruction without a check in the loop. */

    /// Tokens that are interleaved.
    static final int TILE = 8;

    private final int blocks;
    private final float[] quants;
    private final float[] scales;
    private final float[] sums;
    private final float[] firstSums;
    private final float[] scaledSums;

    FloatPlanes(int capacity, int blocks) {
        this.blocks = blocks;
        int paddedTokens = (capacity + TILE - 1) / TILE * TILE;
        int values = Math.multiplyExact(paddedTokens, blocks * Activations.BLOCK);
        this.quants = new float[values + TILE];
        this.scales = new float[paddedTokens * blocks + TILE];
        this.sums = new float[paddedTokens * blocks + TILE];
        this.firstSums = new float[paddedTokens * blocks + TILE];
        this.scaledSums = new float[paddedTokens * blocks + TILE];
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

    /// The sum of the first 16 integers of each block; see [#blockIndex].
    float[] firstSums() {
        return firstSums;
    }

    /// Scale times sum of each block, rounded once; see [#blockIndex].
    float[] scaledSums() {
        return scaledSums;
    }

    /// Where the token's integer of column 0 is; that of column k is `8 * k` further.
    int quantIndex(int token) {
        return token / TILE * blocks * Activations.BLOCK * TILE + token % TILE;
    }

    /// Where the token's values of block 0 are; those of block b are `8 * b` further.
    int blockIndex(int token) {
        return token / TILE * blocks * TILE + token % TILE;
    }

    @Override
    public int quant(int token, int column) {
        return (int) quants[quantIndex(token) + column * TILE];
    }

    @Override
    public float scale(int token, int block) {
        return scales[blockIndex(token) + block * TILE];
    }

    @Override
    public int sum(int token, int block) {
        return (int) sums[blockIndex(token) + block * TILE];
    }

    @Override
    public int firstSum(int token, int block) {
        return (int) firstSums[blockIndex(token) + block * TILE];
    }

    @Override
    public float scaledSum(int token, int block) {
        return scaledSums[blockIndex(token) + block * TILE];
    }

    @Override
    public void writeQuant(int token, int column, int value) {
        quants[quantIndex(token) + column * TILE] = value;
    }

    @Override
    public void writeBlock(int token, int block, float scale, int firstSum, int secondSum) {
        int sum = firstSum + secondSum;
        int at = blockIndex(token) + block * TILE;
        scales[at] = scale;
        sums[at] = sum;
        firstSums[at] = firstSum;
        scaledSums[at] = scale * sum;
    }

    @Override
    public String toString() {
        return "float planes";
    }
}
