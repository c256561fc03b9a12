package dev.tokamak.engine.execute;

/// The product of a matrix and a batch, cut into pieces of whole groups of output rows and tiles of tokens. Reused
/// between steps; written by the engine thread, then read by workers.
final class PieceGrid {

    /* Tiles vary fastest: a strip of groups meets all tokens before the next strip, so weights come from memory once and
     * from cache afterwards, and the tiles become complete together at the end, when every worker is free to finish one. */

    private static final int PIECES_PER_WORKER = 12;
    private static final int STRIP_GROUPS = 3;
    private static final long STRIP_BYTES = 128 << 10;

    private final int groups;
    private final int workers;
    private final int widestStrip;
    private int tokens;
    private int tileTokens;
    private int tiles;
    private int stripGroups;
    private int strips;

    /// A grid over a matrix (or several of the same shape that are multiplied together).
    ///
    /// @param groups groups of output rows
    /// @param groupBytes weights read for one group
    PieceGrid(int groups, long groupBytes, int workers) {
        this.groups = groups;
        this.workers = workers;
        this.widestStrip = roundUp((int) Math.max(1, STRIP_BYTES / groupBytes));
    }

    /// Cuts the product with this many tokens.
    void cut(int tokens, int tileTokens) {
        this.tokens = tokens;
        this.tileTokens = tileTokens;
        tiles = (tokens + tileTokens - 1) / tileTokens;
        int wanted = ceilDivide(groups * tiles, workers * PIECES_PER_WORKER);
        int width = Math.min(widestStrip, Math.min(wanted, groups));
        int evenWidth = ceilDivide(groups, ceilDivide(groups, width));
        stripGroups = evenWidth < STRIP_GROUPS ? evenWidth : roundUp(evenWidth);
        strips = ceilDivide(groups, stripGroups);
    }

    int pieces() {
        return strips * tiles;
    }

    int tiles() {
        return tiles;
    }

    /// Pieces that write to one tile.
    int piecesPerTile() {
        return strips;
    }

    int tile(int piece) {
        return piece % tiles;
    }

    int firstToken(int piece) {
        return tile(piece) * tileTokens;
    }

    int tokenCount(int piece) {
        return Math.min(tileTokens, tokens - firstToken(piece));
    }

    int firstGroup(int piece) {
        return piece / tiles * stripGroups;
    }

    int groupCount(int piece) {
        return Math.min(stripGroups, groups - firstGroup(piece));
    }

    private static int roundUp(int groups) {
        return ceilDivide(groups, STRIP_GROUPS) * STRIP_GROUPS;
    }

    private static int ceilDivide(int dividend, int divisor) {
        return (dividend + divisor - 1) / divisor;
    }
}
