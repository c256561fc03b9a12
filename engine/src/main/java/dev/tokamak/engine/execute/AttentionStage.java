package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.linear.Activations;

/// Attention: a piece is one chunk of tokens of a sequence and one KV head; the last worker of a chunk quantises it.
final class AttentionStage implements Stage {

    private final Workbench bench;
    private final AttentionHead[] heads;
    private final boolean quantize;

    AttentionStage(Workbench bench, AttentionHead[] heads, boolean quantize) {
        this.bench = bench;
        this.heads = heads;
        this.quantize = quantize;
    }

    @Override
    public String name() {
        return "attention";
    }

    @Override
    public int prepare() {
        int chunks = bench.plan().chunks();
        bench.countdown().reset(chunks, heads.length);
        return chunks * heads.length;
    }

    @Override
    public long bytes() {
        return visibleKeys(true) * heads.length * layout().headBytes() / KvLayout.PAGE_TOKENS;
    }

    @Override
    public long multiplyAdds() {
        return visibleKeys(false)
                * heads.length
                * heads[0].queryHeads()
                * (layout().keyDim() + layout().valueDim());
    }

    @Override
    public void run(int piece, int worker) {
        BatchPlan plan = bench.plan();
        // Later chunks of a prompt see more keys: the longest pieces are claimed first.
        int chunk = plan.chunks() - 1 - piece / heads.length;
        AttentionHead head = heads[piece % heads.length];
        int first = plan.chunkFirst(chunk);
        int tokens = plan.chunkTokens(chunk);
        Activations attended = bench.workspace().attended;
        bench.kernels()
                .attention()
                .attend(
                        plan.view(first),
                        head,
                        plan.position(first),
                        first,
                        tokens,
                        bench.workspace().queries.memory(),
                        attended.floats(),
                        bench.workspace().attentionScratch[worker]);
        if (bench.countdown().completes(chunk) && quantize) {
            bench.kernels().linear().quantize(attended, first, tokens);
        }
    }

    private KvLayout layout() {
        return bench.plan().view(0).layout();
    }

    /// Keys that tokens see, those of a chunk counted once for all its tokens or for each.
    private long visibleKeys(boolean onceForChunk) {
        BatchPlan plan = bench.plan();
        long keys = 0;
        for (int chunk = 0; chunk < plan.chunks(); chunk++) {
            int first = plan.chunkFirst(chunk);
            int last = first + plan.chunkTokens(chunk) - 1;
            if (onceForChunk) {
                keys += plan.position(last) + 1 - heads[0].firstVisible(plan.position(first));
                continue;
            }
            for (int token = first; token <= last; token++) {
                int position = plan.position(token);
                keys += position + 1 - heads[0].firstVisible(position);
            }
        }
        return keys;
    }
}
