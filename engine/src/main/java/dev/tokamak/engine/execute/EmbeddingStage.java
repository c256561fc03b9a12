package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.models.architecture.DecoderModel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Starts the residual stream with the embeddings of the tokens. A piece is a few tokens.
final class EmbeddingStage implements Stage {

    private static final int PIECES_PER_WORKER = 4;

    private final Workbench bench;
    private final PackedWeights embedding;
    private final float scale;
    private final @Nullable PackedWeights positions;
    private final List<MemorySegment> textKinds;
    private final @Nullable Rows positionRows;
    private final @Nullable RowNorm norm;
    private final RowFinish next;
    private int pieceTokens;

    EmbeddingStage(Workbench bench, DecoderModel.Embedding embedding, RowFinish next) {
        this.bench = bench;
        this.embedding = embedding.weights();
        this.scale = embedding.scale();
        this.positions = embedding.positions().orElse(null);
        this.textKinds = embedding.textKinds();
        this.positionRows =
                positions == null
                        ? null
                        : bench.workspace().tokenRows("positions", positions.columns());
        this.norm = embedding.norm().map(weights -> new RowNorm(bench, weights)).orElse(null);
        this.next = next;
    }

    @Override
    public String name() {
        return "embedding";
    }

    @Override
    public int prepare() {
        int tokens = bench.plan().tokenCount();
        int wanted = bench.workers() * PIECES_PER_WORKER;
        pieceTokens = (tokens + wanted - 1) / wanted;
        return (tokens + pieceTokens - 1) / pieceTokens;
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
    public void run(int piece, int worker) {
        BatchPlan plan = bench.plan();
        Rows residual = bench.workspace().residual;
        int first = piece * pieceTokens;
        int end = Math.min(first + pieceTokens, plan.tokenCount());
        for (int token = first; token < end; token++) {
            WeightPacker.readRow(
                    embedding, plan.token(token), residual.memory(), residual.offsetBytes(token));
        }
        long at = residual.offsetBytes(first);
        int columns = residual.columns();
        if (scale != 1) {
            bench.kernels()
                    .activation()
                    .scale(residual.memory(), at, scale, (end - first) * columns);
        }
        for (int token = first; token < end; token++) {
            addToRow(token, residual);
        }
        if (norm != null) {
            norm.applyInPlace(residual.memory(), at, columns, end - first);
        }
        next.finish(first, end - first);
    }

    private void addToRow(int token, Rows residual) {
        int columns = residual.columns();
        long at = residual.offsetBytes(token);
        if (positions != null && positionRows != null) {
            long position = positionRows.offsetBytes(token);
            WeightPacker.readRow(
                    positions, bench.plan().position(token), positionRows.memory(), position);
            bench.kernels()
                    .activation()
                    .add(residual.memory(), at, positionRows.memory(), position, columns);
        }
        if (!textKinds.isEmpty()) {
            MemorySegment kind =
                    bench.plan().isOfSecondText(token) ? textKinds.getLast() : textKinds.getFirst();
            bench.kernels().activation().add(residual.memory(), at, kind, 0, columns);
        }
    }
}
