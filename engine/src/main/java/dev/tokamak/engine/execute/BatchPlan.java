package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvView;

/// The tokens of one batch as stages read them: positions, pages and the compact rows of those that ask for logits. Reused
/// between steps; written by the engine thread, then read by workers.
final class BatchPlan {

    private final KvGroups groups;
    private final KvView[][] views;
    private final int[] tokens;
    private final int[] positions;
    private final int[] sequenceTokens;
    private final int[] runs;
    private final int[] rowsBefore;
    private int tokenCount;
    private int secondTextStart;
    private long step;

    BatchPlan(int maxTokens, KvPool pool) {
        groups = pool.groups();
        views = new KvView[groups.count()][maxTokens];
        for (int group = 0; group < views.length; group++) {
            for (int run = 0; run < maxTokens; run++) {
                views[group][run] = pool.view(group);
            }
        }
        tokens = new int[maxTokens];
        positions = new int[maxTokens];
        sequenceTokens = new int[maxTokens];
        runs = new int[maxTokens];
        rowsBefore = new int[maxTokens + 1];
    }

    /// Plans a batch; a run without tokens costs nothing.
    void prepare(Batch batch) {
        tokenCount = batch.tokenCount();
        secondTextStart = batch.secondTextStart();
        step++;
        int view = 0;
        for (int run = 0; run < batch.runs(); run++) {
            if (batch.runStart(run) == batch.runEnd(run)) {
                continue;
            }
            int tokens = batch.runEnd(run) - batch.runStart(run);
            for (int group = 0; group < views.length; group++) {
                views[group][view].pages(
                        batch.pages(run, group), batch.firstPosition(run) + tokens);
            }
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
            sequenceTokens[index] = batch.sequenceTokens(run);
            runs[index] = view;
            rowsBefore[index + 1] = rowsBefore[index] + (batch.wantsLogits(index) ? 1 : 0);
        }
    }

    /// The number of this batch, so that what was made for it can be told from what was made for an earlier one.
    long step() {
        return step;
    }

    int tokenCount() {
        return tokenCount;
    }

    int token(int index) {
        return tokens[index];
    }

    int position(int index) {
        return positions[index];
    }

    /// Whether the token is of the second text of a pair.
    boolean isOfSecondText(int index) {
        return index >= secondTextStart;
    }

    /// Tokens known of the token's sequence.
    int sequenceTokens(int index) {
        return sequenceTokens[index];
    }

    /// Whether two tokens belong to the same run of one sequence.
    boolean isSameRun(int index, int other) {
        return runs[index] == runs[other];
    }

    /// The pages of the token's sequence in the group of a layer.
    KvView view(int index, int layer) {
        return views[groups.group(layer)][runs[index]];
    }

    /// Where the keys and values of a layer lie in a page.
    KvLayout layout(int layer) {
        return groups.layout(groups.group(layer));
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
}
