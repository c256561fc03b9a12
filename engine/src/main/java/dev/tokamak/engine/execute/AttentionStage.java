package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.AttentionHead;
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
    public int prepare() {
        int chunks = bench.plan().chunks();
        bench.countdown().reset(chunks, heads.length);
        return chunks * heads.length;
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
}
