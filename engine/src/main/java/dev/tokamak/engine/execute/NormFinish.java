package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.models.architecture.NormWeights;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Turns complete rows of the residual stream into the input of the next linear layers, normalised where the family does so.
final class NormFinish implements RowFinish {

    private final Workbench bench;
    private final Rows residual;
    private final @Nullable RowNorm norm;
    private final Activations normed;
    private final boolean quantize;

    /// @param quantize whether a layer that reads the rows has integer weights
    NormFinish(
            Workbench bench,
            Rows residual,
            Optional<NormWeights> norm,
            Activations normed,
            boolean quantize) {
        this.bench = bench;
        this.residual = residual;
        this.norm = norm.map(weights -> new RowNorm(bench, weights)).orElse(null);
        this.normed = normed;
        this.quantize = quantize;
    }

    @Override
    public void finish(int firstRow, int rowCount) {
        if (norm != null && norm.isRms() && quantize) {
            bench.kernels()
                    .linear()
                    .rmsQuantized(
                            bench.kernels().norm(),
                            residual.memory(),
                            residual.offsetBytes(firstRow),
                            norm.weight(),
                            norm.epsilon(),
                            normed,
                            firstRow,
                            rowCount);
            return;
        }
        if (norm == null) {
            MemorySegment.copy(
                    residual.memory(),
                    residual.offsetBytes(firstRow),
                    normed.floats(),
                    normed.offsetBytes(firstRow),
                    normed.offsetBytes(rowCount));
        } else {
            norm.apply(
                    residual.memory(),
                    residual.offsetBytes(firstRow),
                    normed.floats(),
                    normed.offsetBytes(firstRow),
                    residual.columns(),
                    rowCount);
        }
        if (quantize) {
            bench.kernels().linear().quantize(normed, firstRow, rowCount);
        }
    }
}
