package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;

/// Starts the residual stream with the embeddings of the tokens. A piece is a tile.
final class EmbeddingStage implements Stage {

    private final Workbench bench;
    private final PackedWeights embedding;
    private final TileFinish next;

    EmbeddingStage(Workbench bench, PackedWeights embedding, TileFinish next) {
        this.bench = bench;
        this.embedding = embedding;
        this.next = next;
    }

    @Override
    public String name() {
        return "embedding";
    }

    @Override
    public int prepare() {
        return bench.plan().tiles();
    }

    @Override
    public long bytes() {
        return embedding.sizeBytes() / embedding.rows() * bench.plan().tokenCount();
    }

    @Override
    public long multiplyAdds() {
        return 0;
    }

    @Override
    public void run(int tile, int worker) {
        BatchPlan plan = bench.plan();
        Rows residual = bench.workspace().residual;
        int first = tile * plan.tileTokens();
        int end = Math.min(first + plan.tileTokens(), plan.tokenCount());
        for (int token = first; token < end; token++) {
            WeightPacker.readRow(
                    embedding, plan.token(token), residual.memory(), residual.offsetBytes(token));
        }
        next.finish(first, end - first);
    }
}
