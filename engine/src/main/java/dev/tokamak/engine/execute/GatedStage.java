package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.GatedFeedForward;

/// Gate and up projections with their product `silu(gate) * up`; to finish a row is to quantise it.
final class GatedStage implements Stage {

    private final Workbench bench;
    private final RowSet rowSet;
    private final PackedWeights gate;
    private final PackedWeights up;
    private final boolean quantize;
    private final Rows gated;
    private final PieceGrid grid;
    private final RowFinish finish = this::finish;

    GatedStage(Workbench bench, RowSet rowSet, GatedFeedForward feedForward) {
        this.bench = bench;
        this.rowSet = rowSet;
        this.gate = feedForward.gate().weights();
        this.up = feedForward.up().weights();
        this.quantize = feedForward.down().weights().readsQuantized();
        Activations target = bench.workspace().gated;
        this.gated = new Rows(target.floats(), target.columns());
        this.grid = bench.grid(gate.groups(), gate.sizeBytes() + up.sizeBytes(), gate.columns());
    }

    @Override
    public String name() {
        return "gate/up";
    }

    @Override
    public int prepare() {
        return bench.cut(grid, rowSet);
    }

    @Override
    public long bytes() {
        return gate.sizeBytes() + up.sizeBytes();
    }

    @Override
    public long multiplyAdds() {
        return rowSet.rows(bench.plan()) * (gate.multiplyAdds() + up.multiplyAdds());
    }

    @Override
    public void run(int piece, int worker) {
        int first = grid.firstToken(piece);
        int tokens = grid.tokenCount(piece);
        bench.kernels().linear().fetchAhead(up, grid.firstGroup(piece));
        multiply(gate, gated, piece);
        multiply(up, bench.workspace().up, piece);
        for (int token = first; token < first + tokens; token++) {
            gate(token, piece);
        }
        bench.complete(rowSet, finish);
    }

    @Override
    public void fetchAhead(int worker) {
        bench.kernels().linear().fetchAhead(gate, grid.likelyFirstGroup(worker));
    }

    void finish(int firstRow, int rowCount) {
        if (quantize) {
            bench.kernels().linear().quantize(bench.workspace().gated, firstRow, rowCount);
        }
    }

    private void multiply(PackedWeights weights, Rows output, int piece) {
        bench.multiply(
                weights,
                bench.workspace().normed,
                output,
                grid.firstToken(piece),
                grid.tokenCount(piece),
                grid.firstGroup(piece),
                grid.groupCount(piece));
    }

    private void gate(int token, int piece) {
        int firstColumn = grid.firstGroup(piece) * PackedWeights.GROUP_ROWS;
        int columns =
                Math.min(
                        grid.groupCount(piece) * PackedWeights.GROUP_ROWS,
                        gate.rows() - firstColumn);
        long gatedBytes = gated.offsetBytes(token) + (long) firstColumn * Float.BYTES;
        Rows upRows = bench.workspace().up;
        bench.kernels()
                .activation()
                .gate(
                        GateFunction.SILU,
                        gated.memory(),
                        gatedBytes,
                        upRows.memory(),
                        upRows.offsetBytes(token) + (long) firstColumn * Float.BYTES,
                        gated.memory(),
                        gatedBytes,
                        columns);
    }
}
