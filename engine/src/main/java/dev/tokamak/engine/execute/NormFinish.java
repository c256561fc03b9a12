package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.models.architecture.NormWeights;

/// Normalises complete rows of the residual stream into the input of the next linear layers.
final class NormFinish implements RowFinish {

    private final Workbench bench;
    private final Rows residual;
    private final NormWeights norm;
    private final Activations normed;
    private final boolean quantize;

    /// @param quantize whether a layer that reads the rows has integer weights
    NormFinish(
            Workbench bench,
            Rows residual,
            NormWeights norm,
            Activations normed,
            boolean quantize) {
        this.bench = bench;
        this.residual = residual;
        this.norm = norm;
        this.normed = normed;
        this.quantize = quantize;
    }

    @Override
    public void finish(int firstRow, int rowCount) {
        if (quantize) {
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
        bench.kernels()
                .norm()
                .rms(
                        residual.memory(),
                        residual.offsetBytes(firstRow),
                        norm.weight(),
                        norm.epsilon(),
                        normed.floats(),
                        normed.offsetBytes(firstRow),
                        residual.columns(),
                        rowCount);
    }
}
