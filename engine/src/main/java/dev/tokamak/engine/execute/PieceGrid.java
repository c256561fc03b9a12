package dev.tokamak.engine.execute;

/// The product of a matrix and a batch, cut into pieces of whole groups of output rows and tiles of tokens. Reused
/// between steps; written by the engine thread, then read by workers.
final class PieceGrid {

    /* Tiles vary fastest: a strip of groups meets all tokens before the next strip, so weights come from memory once and
     * from cache afterwards. A tile is as many tokens as keep their quantised rows in the second-level cache, since
     * unpacked weights are used for all tokens of a tile; up to a full tile there is only one, so that weights are read
     * by one worker only.
     *
     * Strips become narrower towards the end (guided self-scheduling): the first are wide, for few claims, and the last
     * narrow, so that workers end together although one may have begun late or lost its core for a while. Widths are
     * multiples of six groups, since kernels take two or three at once, or of two where there are not six for each worker.
     *
     * With one tile weights are read once, from memory, and a strip is a stream that takes about a microsecond to come up
     * to speed. So each worker's first strip is most of its fair share, and the rest is cut in the same way. */

    private static final int[] UNITS = {6, 2};
    private static final int TILE_QUAD = 4;
    private static final int WIDEST_TILE = 64;
    private static final long TILE_BYTES = 512 << 10;
    private static final int QUANTIZED_BYTES = 2;
    private static final long STRIP_BYTES = 256 << 10;

    private final int groups;
    private final int workers;
    private final int unit;
    private final int widestStrip;
    private final int widestTile;
    private final int[] stripStart;
    private int tokens;
    private int tileTokens;
    private int tiles;
    private int strips;

    /// A grid over a matrix (or several of the same shape that are multiplied together).
    ///
    /// @param groups groups of output rows
    /// @param groupBytes weights read for one group
    /// @param columns of the matrix
    PieceGrid(int groups, long groupBytes, int columns, int workers) {
        this.groups = groups;
        this.workers = workers;
        this.unit = unit(groups, workers);
        this.widestStrip = (int) Math.max(1, STRIP_BYTES / groupBytes / unit) * unit;
        long fitting = TILE_BYTES / ((long) columns * QUANTIZED_BYTES);
        this.widestTile = Math.clamp(fitting, TILE_QUAD, WIDEST_TILE) / TILE_QUAD * TILE_QUAD;
        this.stripStart = new int[groups + 1];
    }

    private static int unit(int groups, int workers) {
        for (int unit : UNITS) {
            if (groups >= unit * workers) {
                return unit;
            }
        }
        return 1;
    }

    /// Cuts the product with this many tokens.
    void cut(int tokens) {
        if (this.tokens == tokens) {
            return;
        }
        this.tokens = tokens;
        int count = ceilDivide(tokens, widestTile);
        tileTokens = ceilDivide(ceilDivide(tokens, count), TILE_QUAD) * TILE_QUAD;
        tiles = ceilDivide(tokens, tileTokens);
        strips = 0;
        int start = 0;
        while (start < groups) {
            int width = tiles == 1 ? streamWidth(groups - start) : width(groups - start);
            int end = tiles == 1 ? Math.min(groups, start + workers * width) : start + width;
            for (; start < end; start += width) {
                stripStart[strips++] = start;
            }
            start = end;
        }
        stripStart[strips] = groups;
    }

    /// The width of the next strip: a third of what is left, and a piece of at most two thirds of a fair share of that.
    private int width(int left) {
        long fairShare = (long) left * tiles / workers;
        long wanted = Math.min(left, 2 * fairShare) / 3;
        int rounded = (int) Math.min(widestStrip, (wanted + unit / 2) / unit * unit);
        return Math.min(left, Math.max(unit, rounded));
    }

    /// The width of each worker's next strip where there is one tile: nine tenths of its fair share.
    private int streamWidth(int left) {
        int wanted = 9 * left / (10 * workers);
        return Math.max(unit, (wanted + unit / 2) / unit * unit);
    }

    int pieces() {
        return strips * tiles;
    }

    /// Where the first piece of this worker probably starts, if the next product has as many tokens as the last.
    int likelyFirstGroup(int worker) {
        return worker < strips ? stripStart[worker] : 0;
    }

    int firstToken(int piece) {
        return piece % tiles * tileTokens;
    }

    int tokenCount(int piece) {
        return Math.min(tileTokens, tokens - firstToken(piece));
    }

    int firstGroup(int piece) {
        return stripStart[piece / tiles];
    }

    int groupCount(int piece) {
        return stripStart[piece / tiles + 1] - firstGroup(piece);
    }

    private static int ceilDivide(int dividend, int divisor) {
        return (dividend + divisor - 1) / divisor;
    }
}
