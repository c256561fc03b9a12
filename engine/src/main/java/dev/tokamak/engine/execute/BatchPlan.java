package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.KvView;

/// How the tokens of one batch are cut for the workers: tiles of tokens for products, chunks of one sequence for
/// attention, compact rows for logits. Reused between steps; written by the engine thread, then read by workers.
final class BatchPlan {

    /* A tile is a multiple of eight tokens (as quantised activations are interleaved), small enough that the work left to the last
     * worker of a tile, a norm and a quantisation, is short beside the product. A chunk never crosses a run, so that all
     * its tokens read the same pages. Cuts decide who computes, never what: results have the same bits whatever they are. */

    private static final int CHUNK_TOKENS = 16;

    private final KvView[] views;
    private final int[] tokens;
    private final int[] positions;
    private final int[] runs;
    private final int[] rowsBefore;
    private final int[] chunkFirst;
    private final int[] chunkTokens;
    private int tokenCount;
    private int tileTokens;
    private int chunks;

    BatchPlan(int maxTokens, KvPool pool) {
        views = new KvView[maxTokens];
        for (int run = 0; run < maxTokens; run++) {
            views[run] = pool.view();
        }
        tokens = new int[maxTokens];
        positions = new int[maxTokens];
        runs = new int[maxTokens];
        rowsBefore = new int[maxTokens + 1];
        chunkFirst = new int[maxTokens];
        chunkTokens = new int[maxTokens];
    }

    /// Plans a batch; a run without tokens costs nothing.
    void prepare(Batch batch) {
        tokenCount = batch.tokenCount();
        tileTokens = tileTokens(tokenCount);
        chunks = 0;
        int view = 0;
        for (int run = 0; run < batch.runs(); run++) {
            if (batch.runStart(run) == batch.runEnd(run)) {
                continue;
            }
            views[view].pages(batch.pages(run));
            planRun(batch, run, view);
            view++;
        }
    }

    private void planRun(Batch batch, int run, int view) {
        int start = batch.runStart(run);
        int end = batch.runEnd(run);
        for (int index = start; index < end; index++) {
            tokens[index] = batch.token(index);
            positions[index] = batch.firstPosition(run) + index - start;
            runs[index] = view;
            rowsBefore[index + 1] = rowsBefore[index] + (batch.wantsLogits(index) ? 1 : 0);
        }
        for (int first = start; first < end; first += CHUNK_TOKENS) {
            chunkFirst[chunks] = first;
            chunkTokens[chunks] = Math.min(CHUNK_TOKENS, end - first);
            chunks++;
        }
    }

    private static int tileTokens(int tokens) {
        return tokens <= 128 ? 8 : 16;
    }

    int tokenCount() {
        return tokenCount;
    }

    int tileTokens() {
        return tileTokens;
    }

    int tiles() {
        return (tokenCount + tileTokens - 1) / tileTokens;
    }

    int token(int index) {
        return tokens[index];
    }

    int position(int index) {
        return positions[index];
    }

    /// The pages of the token's sequence.
    KvView view(int index) {
        return views[runs[index]];
    }

    /// Rows of logits that earlier tokens ask for: the token's own row if it asks for one.
    int rowsBefore(int index) {
        return rowsBefore[index];
    }

    boolean wantsLogits(int index) {
        return rowsBefore[index + 1] > rowsBefore[index];
    }

    int logitRows() {
        return rowsBefore[tokenCount];
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
}
