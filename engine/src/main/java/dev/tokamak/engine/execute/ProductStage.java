package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;

/// One product of complete rows; whoever completes its rows finishes them if they are few.
final class ProductStage implements Stage {

    private final String name;
    private final Workbench bench;
    private final RowSet rowSet;
    private final PackedWeights weights;
    private final Activations input;
    private final Rows output;
    private final RowFinish finish;
    private final PieceGrid grid;

    ProductStage(
            String name,
            Workbench bench,
            RowSet rowSet,
            PackedWeights weights,
            Activations input,
            Rows output,
            RowFinish finish) {
        this.name = name;
        this.bench = bench;
        this.rowSet = rowSet;
        this.weights = weights;
        this.input = input;
        this.output = output;
        this.finish = finish;
        this.grid = bench.grid(weights.groups(), weights.sizeBytes(), weights.columns());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int prepare() {
        return bench.cut(grid, rowSet);
    }

    @Override
    public long bytes() {
        return weights.sizeBytes();
    }

    @Override
    public long multiplyAdds() {
        return rowSet.rows(bench.plan()) * weights.multiplyAdds();
    }

    @Override
    public void run(int piece, int worker) {
        bench.multiply(
                weights,
                input,
                output,
                grid.firstToken(piece),
                grid.tokenCount(piece),
                grid.firstGroup(piece),
                grid.groupCount(piece));
        bench.complete(rowSet, finish);
    }

    @Override
    public void fetchAhead(int worker) {
        bench.kernels().linear().fetchAhead(weights, grid.likelyFirstGroup(worker));
    }
}
