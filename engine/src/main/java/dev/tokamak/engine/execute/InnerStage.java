package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.FeedForward;
import org.jspecify.annotations.Nullable;

/// The inner rows of a feed-forward block: `function(gate, up)` or `function(up)`; to finish a row is to quantise it.
final class InnerStage implements Stage {

    private final Workbench bench;
    private final RowSet rowSet;
    private final @Nullable Projected gate;
    private final Projected up;
    private final GateFunction gateFunction;
    private final ElementFunction function;
    private final boolean quantize;
    private final Activations inner;
    private final PieceGrid grid;
    private final RowFinish finish = this::finish;

    /// Of a gated block.
    InnerStage(Workbench bench, RowSet rowSet, FeedForward.Gated block) {
        int columns = block.gate().weights().rows();
        this.bench = bench;
        this.rowSet = rowSet;
        this.inner = bench.workspace().inner(columns);
        this.gate = Projected.of(block.gate(), Rows.of(inner));
        this.up = Projected.of(block.up(), bench.workspace().up(columns));
        this.gateFunction = block.function();
        this.function = ElementFunction.SILU;
        this.quantize = block.down().weights().readsQuantized();
        this.grid = grid();
    }

    /// Of a block without a gate.
    InnerStage(Workbench bench, RowSet rowSet, FeedForward.Plain block) {
        this.bench = bench;
        this.rowSet = rowSet;
        this.inner = bench.workspace().inner(block.up().weights().rows());
        this.gate = null;
        this.up = Projected.of(block.up(), Rows.of(inner));
        this.gateFunction = GateFunction.SILU;
        this.function = block.function();
        this.quantize = block.down().weights().readsQuantized();
        this.grid = grid();
    }

    private PieceGrid grid() {
        return bench.grid(up.weights().groups(), bytes(), up.weights().columns());
    }

    @Override
    public String name() {
        return gate == null ? "up" : "gate/up";
    }

    @Override
    public int prepare() {
        return bench.cut(grid, rowSet);
    }

    @Override
    public long bytes() {
        return (gate == null ? 0 : gate.weights().sizeBytes()) + up.weights().sizeBytes();
    }

    @Override
    public long multiplyAdds() {
        long each =
                (gate == null ? 0 : gate.weights().multiplyAdds()) + up.weights().multiplyAdds();
        return rowSet.rows(bench.plan()) * each;
    }

    @Override
    public void run(int piece, int worker) {
        int first = grid.firstToken(piece);
        int end = first + grid.tokenCount(piece);
        if (gate != null) {
            bench.kernels().linear().fetchAhead(up.weights(), grid.firstGroup(piece));
            multiply(gate, piece);
        }
        multiply(up, piece);
        for (int token = first; token < end; token++) {
            apply(token, piece);
        }
        bench.complete(rowSet, finish);
    }

    @Override
    public void fetchAhead(int worker) {
        Projected first = gate == null ? up : gate;
        bench.kernels().linear().fetchAhead(first.weights(), grid.likelyFirstGroup(worker));
    }

    void finish(int firstRow, int rowCount) {
        if (quantize) {
            bench.kernels().linear().quantize(inner, firstRow, rowCount);
        }
    }

    private void multiply(Projected part, int piece) {
        bench.multiply(
                part.weights(),
                bench.workspace().normed,
                part.rows(),
                grid.firstToken(piece),
                grid.tokenCount(piece),
                grid.firstGroup(piece),
                grid.groupCount(piece));
    }

    private void apply(int token, int piece) {
        int firstColumn = grid.firstGroup(piece) * PackedWeights.GROUP_ROWS;
        int columns =
                Math.min(
                        grid.groupCount(piece) * PackedWeights.GROUP_ROWS,
                        up.weights().rows() - firstColumn);
        up.complete(bench, token, firstColumn, columns);
        long at = (long) firstColumn * Float.BYTES;
        long upBytes = up.rows().offsetBytes(token) + at;
        if (gate == null) {
            bench.kernels().activation().apply(function, up.rows().memory(), upBytes, columns);
            return;
        }
        gate.complete(bench, token, firstColumn, columns);
        long gateBytes = gate.rows().offsetBytes(token) + at;
        bench.kernels()
                .activation()
                .gate(
                        gateFunction,
                        gate.rows().memory(),
                        gateBytes,
                        up.rows().memory(),
                        upBytes,
                        gate.rows().memory(),
                        gateBytes,
                        columns);
    }
}
