package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.attention.Attention;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.attention.AttentionPartials;
import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvView;

/// Attention: whoever completes the segments of a token and head merges them, whoever completes the heads of a chunk
/// hands the chunk on.
final class AttentionStage implements Stage {

    /* The countdown holds a part for each chunk, which counts heads, then a part for each slot and head, which counts
     * segments. */

    private final Workbench bench;
    private final AttentionPlan plan;
    private final AttentionHead[] heads;
    private final Rows queries;
    private final Rows attended;
    private final RowFinish next;
    private int chunks;

    /// @param attended where the outputs of all heads go
    /// @param next what is done with the attended rows of a chunk, given as tokens
    AttentionStage(
            Workbench bench,
            AttentionPlan plan,
            AttentionHead[] heads,
            Rows queries,
            Rows attended,
            RowFinish next) {
        this.bench = bench;
        this.plan = plan;
        this.heads = heads;
        this.queries = queries;
        this.attended = attended;
        this.next = next;
    }

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public int prepare() {
        plan.prepare();
        chunks = plan.chunks();
        Countdown countdown = bench.countdown();
        countdown.reset(chunks, heads.length);
        for (int chunk = 0; chunk < chunks; chunk++) {
            if (plan.slot(chunk) >= 0) {
                countdown.reset(partOf(chunk, 0), heads.length, plan.segments(chunk));
            }
        }
        return plan.pieces();
    }

    private int partOf(int chunk, int head) {
        return chunks + plan.slot(chunk) * heads.length + head;
    }

    @Override
    public long bytes() {
        return plan.visibleKeys(true)
                * heads.length
                * (layout().headBytes(heads[0].layer()) / KvLayout.PAGE_TOKENS);
    }

    @Override
    public long multiplyAdds() {
        return plan.visibleKeys(false)
                * heads.length
                * heads[0].queryHeads()
                * (layer().keyDim() + layer().valueDim());
    }

    private KvLayer layer() {
        return layout().layer(heads[0].layer());
    }

    private KvLayout layout() {
        return bench.plan().layout(heads[0].layer());
    }

    @Override
    public void run(int piece, int worker) {
        int chunk = plan.chunk(piece);
        int head = plan.head(piece, chunk);
        fetchPieceAhead(piece + bench.workers());
        if (plan.slot(chunk) < 0) {
            attend(chunk, heads[head], worker);
        } else if (!attendSegment(chunk, head, plan.segment(piece, chunk), worker)) {
            return;
        }
        if (bench.countdown().completes(chunk)) {
            next.finish(plan.chunkFirst(chunk), plan.chunkTokens(chunk));
        }
    }

    /// Asks for the keys and values of a piece that this worker will probably run next, where it has those of a sequence to
    /// itself: of a chunk of many tokens, most are in the cache already.
    private void fetchPieceAhead(int piece) {
        if (piece >= plan.pieces()) {
            return;
        }
        int chunk = plan.chunk(piece);
        if (plan.slot(chunk) < 0 && plan.chunkTokens(chunk) == 1) {
            int token = plan.chunkFirst(chunk);
            attention()
                    .fetchAhead(
                            view(token),
                            heads[plan.head(piece, chunk)],
                            bench.plan().position(token));
        }
    }

    private void attend(int chunk, AttentionHead head, int worker) {
        int first = plan.chunkFirst(chunk);
        attention()
                .attend(
                        view(first),
                        head,
                        bench.plan().position(first),
                        first,
                        plan.chunkTokens(chunk),
                        queries.memory(),
                        attended.memory(),
                        bench.workspace().attentionScratch[worker]);
    }

    /// Returns whether this was the token's last segment, so that the head is merged.
    private boolean attendSegment(int chunk, int head, int segment, int worker) {
        int token = plan.chunkFirst(chunk);
        int position = bench.plan().position(token);
        AttentionPartials partials = bench.workspace().attentionPartials[plan.slot(chunk)];
        attention()
                .attendSegment(
                        view(token),
                        heads[head],
                        position,
                        token,
                        segment,
                        queries.memory(),
                        partials,
                        bench.workspace().attentionScratch[worker]);
        if (!bench.countdown().completes(partOf(chunk, head))) {
            return false;
        }
        attention().merge(view(token), heads[head], position, token, partials, attended.memory());
        return true;
    }

    private KvView view(int token) {
        return bench.plan().view(token, heads[0].layer());
    }

    private Attention attention() {
        return bench.kernels().attention();
    }
}
