package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.models.architecture.DecoderLayer.BlockNorms;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Adds a block's results to the residual stream and prepares what reads the stream next.
final class ResidualFinish implements RowFinish {

    private final Workbench bench;
    private final @Nullable MemorySegment bias;
    private final @Nullable RowNorm norm;
    private final @Nullable RowNorm sumNorm;
    private final float scale;
    private final Rows residual;
    private final RowFinish next;

    /// @param bias of the block's last projection
    /// @param norms of the results, and of the residual stream once they have joined it
    /// @param scale of the results
    ResidualFinish(
            Workbench bench,
            Optional<MemorySegment> bias,
            BlockNorms norms,
            float scale,
            Rows residual,
            RowFinish next) {
        this.bench = bench;
        this.bias = bias.orElse(null);
        this.norm = norms.after().map(weights -> new RowNorm(bench, weights)).orElse(null);
        this.sumNorm = norms.sum().map(weights -> new RowNorm(bench, weights)).orElse(null);
        this.scale = scale;
        this.residual = residual;
        this.next = next;
    }

    @Override
    public void finish(int firstRow, int rowCount) {
        Rows delta = bench.workspace().delta;
        for (int row = firstRow; bias != null && row < firstRow + rowCount; row++) {
            bench.kernels()
                    .activation()
                    .add(delta.memory(), delta.offsetBytes(row), bias, 0, delta.columns());
        }
        if (norm != null) {
            norm.applyInPlace(
                    delta.memory(), delta.offsetBytes(firstRow), delta.columns(), rowCount);
        }
        add(delta, firstRow, rowCount * residual.columns());
        if (sumNorm != null) {
            sumNorm.applyInPlace(
                    residual.memory(),
                    residual.offsetBytes(firstRow),
                    residual.columns(),
                    rowCount);
        }
        next.finish(firstRow, rowCount);
    }

    private void add(Rows delta, int firstRow, int count) {
        if (scale == 1) {
            bench.kernels()
                    .activation()
                    .add(
                            residual.memory(),
                            residual.offsetBytes(firstRow),
                            delta.memory(),
                            delta.offsetBytes(firstRow),
                            count);
            return;
        }
        bench.kernels()
                .activation()
                .addScaled(
                        residual.memory(),
                        residual.offsetBytes(firstRow),
                        delta.memory(),
                        delta.offsetBytes(firstRow),
                        scale,
                        count);
    }
}
