package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.models.architecture.Projection;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A projection back to the residual stream; to finish a row is to add it and to prepare what reads the stream next.
final class ResidualStage implements Stage {

    private final String name;
    private final Workbench bench;
    private final RowSet rowSet;
    private final Projection projection;
    private final @Nullable MemorySegment bias;
    private final Activations input;
    private final Rows residual;
    private final RowFinish next;
    private final PieceGrid grid;
    private final RowFinish finish = this::finish;

    ResidualStage(
            String name,
            Workbench bench,
            RowSet rowSet,
            Projection projection,
            Activations input,
            Rows residual,
            RowFinish next) {
        this.name = name;
        this.bench = bench;
        this.rowSet = rowSet;
        this.projection = projection;
        this.bias = projection.bias().orElse(null);
        this.input = input;
        this.residual = residual;
        this.next = next;
        this.grid =
                bench.grid(
                        projection.weights().groups(),
                        projection.weights().sizeBytes(),
                        projection.weights().columns());
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
        return projection.weights().sizeBytes();
    }

    @Override
    public long multiplyAdds() {
        return rowSet.rows(bench.plan()) * projection.weights().multiplyAdds();
    }

    @Override
    public void run(int piece, int worker) {
        bench.multiply(
                projection.weights(),
                input,
                bench.workspace().delta,
                grid.firstToken(piece),
                grid.tokenCount(piece),
                grid.firstGroup(piece),
                grid.groupCount(piece));
        bench.complete(rowSet, finish);
    }

    @Override
    public void fetchAhead(int worker) {
        bench.kernels().linear().fetchAhead(projection.weights(), grid.likelyFirstGroup(worker));
    }

    void finish(int firstRow, int rowCount) {
        Rows delta = bench.workspace().delta;
        for (int row = firstRow; bias != null && row < firstRow + rowCount; row++) {
            bench.kernels()
                    .activation()
                    .add(delta.memory(), delta.offsetBytes(row), bias, 0, delta.columns());
        }
        bench.kernels()
                .activation()
                .add(
                        residual.memory(),
                        residual.offsetBytes(firstRow),
                        delta.memory(),
                        delta.offsetBytes(firstRow),
                        rowCount * residual.columns());
        next.finish(firstRow, rowCount);
    }
}
