package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.Visibility;

/// How attention over one batch is cut: chunks of consecutive tokens of one sequence, and single tokens that see many keys
/// further into segments of keys. Reused between steps; written by the engine thread, then read by workers.
final class AttentionPlan {

    /* A piece is one KV head and one chunk, or one KV head, one token and one segment. Pieces are numbered chunk by chunk,
     * later chunks first because they see more keys, within a chunk head by head, within a head segment by segment.
     *
     * A chunk of one token is cut into segments when its piece would be more than a third of a worker's fair share. So
     * fewer than 3 * workers / heads chunks are ever cut, which bounds the slots for partial results. */

    private static final int WIDEST_CHUNK = 16;
    private static final int NARROWEST_CHUNK = 4;
    private static final int PIECES_PER_WORKER = 4;
    private static final int SHARE_PARTS = 3;

    private final BatchPlan plan;
    private final RowSet rowSet;
    private final Visibility visibility;
    private final boolean causal;
    private final int heads;
    private final int workers;
    private final int[] chunkFirst;
    private final int[] chunkTokens;
    private final int[] slots;
    private final int[] segments;
    private final int[] firstPiece;
    private int chunks;
    private long preparedStep;

    /// @param rowSet which tokens attend
    /// @param visibility positions that a token sees; where it sees later ones, its keys are not cut into segments
    /// @param heads KV heads
    AttentionPlan(
            BatchPlan plan,
            RowSet rowSet,
            Visibility visibility,
            int heads,
            int workers,
            int maxTokens) {
        this.plan = plan;
        this.rowSet = rowSet;
        this.visibility = visibility;
        this.causal = visibility.after() == 0;
        this.heads = heads;
        this.workers = workers;
        chunkFirst = new int[maxTokens];
        chunkTokens = new int[maxTokens];
        slots = new int[maxTokens];
        segments = new int[maxTokens];
        firstPiece = new int[maxTokens + 1];
    }

    /// The most chunks that are ever cut into segments at once.
    static int slots(int heads, int workers) {
        return SHARE_PARTS * workers / heads + 1;
    }

    /// Cuts the present batch, once for all layers.
    void prepare() {
        if (preparedStep == plan.step()) {
            return;
        }
        preparedStep = plan.step();
        cutChunks();
        cutSegments();
    }

    private void cutChunks() {
        int rows = rowSet.rows(plan);
        boolean many = (long) rows * heads >= (long) WIDEST_CHUNK * PIECES_PER_WORKER * workers;
        int widest = many ? WIDEST_CHUNK : NARROWEST_CHUNK;
        chunks = 0;
        int token = 0;
        while (token < plan.tokenCount()) {
            if (!attends(token)) {
                token++;
                continue;
            }
            int first = token;
            while (token < plan.tokenCount()
                    && token - first < widest
                    && attends(token)
                    && plan.isSameRun(first, token)) {
                token++;
            }
            chunkFirst[chunks] = first;
            chunkTokens[chunks] = token - first;
            chunks++;
        }
    }

    private boolean attends(int token) {
        return rowSet == RowSet.TOKENS || plan.wantsLogits(token);
    }

    private void cutSegments() {
        long total = 0;
        for (int chunk = 0; chunk < chunks; chunk++) {
            total += cost(chunk) * heads;
        }
        int slot = 0;
        int piece = 0;
        for (int chunk = chunks - 1; chunk >= 0; chunk--) {
            firstPiece[chunk] = piece;
            boolean cut =
                    workers > 1
                            && causal
                            && chunkTokens[chunk] == 1
                            && segmentsSeen(chunk) > 1
                            && cost(chunk) * SHARE_PARTS * workers > total;
            slots[chunk] = cut ? slot++ : -1;
            segments[chunk] = cut ? segmentsSeen(chunk) : 1;
            piece += heads * segments[chunk];
        }
    }

    private long cost(int chunk) {
        int last = chunkFirst[chunk] + chunkTokens[chunk] - 1;
        return (long) chunkTokens[chunk]
                * (plan.position(last) + 1 - firstVisible(chunkFirst[chunk]));
    }

    private int firstVisible(int token) {
        return visibility.first(plan.position(token));
    }

    private int segmentsSeen(int chunk) {
        int token = chunkFirst[chunk];
        return plan.position(token) / KvLayout.SEGMENT_TOKENS - firstSegment(chunk) + 1;
    }

    int pieces() {
        return chunks == 0 ? 0 : firstPiece[0] + heads * segments[0];
    }

    int chunks() {
        return chunks;
    }

    int chunkFirst(int chunk) {
        return chunkFirst[chunk];
    }

    int chunkTokens(int chunk) {
        return chunkTokens[chunk];
    }

    /// The chunk of a piece. Chunks are few, and a search among them is short beside their pieces.
    int chunk(int piece) {
        int low = 0;
        int high = chunks - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (firstPiece[middle] <= piece) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    int head(int piece, int chunk) {
        return (piece - firstPiece[chunk]) / segments[chunk];
    }

    /// The segment of a piece of a chunk that is cut into segments.
    int segment(int piece, int chunk) {
        return firstSegment(chunk) + (piece - firstPiece[chunk]) % segments[chunk];
    }

    /// The first segment that a chunk's first token sees.
    private int firstSegment(int chunk) {
        return firstVisible(chunkFirst[chunk]) / KvLayout.SEGMENT_TOKENS;
    }

    /// Segments that the chunk is cut into; 1 when it is not cut.
    int segments(int chunk) {
        return segments[chunk];
    }

    /// Where the partial results of a chunk go that is cut into segments; -1 for one that is not.
    int slot(int chunk) {
        return slots[chunk];
    }

    /// Keys that tokens see, those of a chunk counted once for all its tokens or for each.
    long visibleKeys(boolean onceForChunk) {
        long keys = 0;
        for (int chunk = 0; chunk < chunks; chunk++) {
            int first = chunkFirst[chunk];
            int last = first + chunkTokens[chunk] - 1;
            if (onceForChunk) {
                keys += plan.position(last) + 1 - firstVisible(first);
                continue;
            }
            for (int token = first; token <= last; token++) {
                keys += plan.position(token) + 1 - firstVisible(token);
            }
        }
        return keys;
    }
}
