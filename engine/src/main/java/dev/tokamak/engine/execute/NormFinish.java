package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.models.architecture.NormWeights;

/// Normalises complete rows of the residual stream into the input of the next linear layers.
final class NormFinish implements TileFinish {

    private final Workbench bench;
    private final NormWeights norm;
    private final boolean quantize;

    /// @param quantize whether a layer that reads the rows has integer weights
    NormFinish(Workbench bench, NormWeights norm, boolean quantize) {
        this.bench = bench;
        this.norm = norm;
        this.quantize = quantize;
    }

    @Override
    public void finish(int firstToken, int tokenCount) {
        Rows residual = bench.workspace().residual;
        Activations normed = bench.workspace().normed;
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            bench.kernels()
                    .norm()
                    .rms(
                            residual.memory(),
                            residual.offsetBytes(token),
                            norm.weight(),
                            norm.epsilon(),
                            normed.floats(),
                            normed.offsetBytes(token),
                            residual.columns());
        }
        if (quantize) {
            bench.kernels().linear().quantize(normed, firstToken, tokenCount);
        }
    }
}
