package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.models.architecture.NormWeights;

/// Normalises the rows of the tokens that ask for logits into the compact input of the output head.
final class HeadInputFinish implements TileFinish {

    private final Workbench bench;
    private final NormWeights norm;
    private final boolean quantize;

    HeadInputFinish(Workbench bench, NormWeights norm, boolean quantize) {
        this.bench = bench;
        this.norm = norm;
        this.quantize = quantize;
    }

    @Override
    public void finish(int firstToken, int tokenCount) {
        BatchPlan plan = bench.plan();
        Rows residual = bench.workspace().residual;
        Activations headInput = bench.workspace().headInput;
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            if (plan.wantsLogits(token)) {
                bench.kernels()
                        .norm()
                        .rms(
                                residual.memory(),
                                residual.offsetBytes(token),
                                norm.weight(),
                                norm.epsilon(),
                                headInput.floats(),
                                headInput.offsetBytes(plan.rowsBefore(token)),
                                residual.columns());
            }
        }
        int firstRow = plan.rowsBefore(firstToken);
        int rows = plan.rowsBefore(firstToken + tokenCount) - firstRow;
        if (quantize && rows > 0) {
            bench.kernels().linear().quantize(headInput, firstRow, rows);
        }
    }
}
