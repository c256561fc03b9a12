package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;

/// What all stages of a forward pass share. One operation runs at a time, so one countdown serves them all.
record Workbench(
        Kernels kernels, int workers, BatchPlan plan, Workspace workspace, Countdown countdown) {

    /// A grid for matrices with this many groups in all that read this many bytes of weights.
    PieceGrid grid(int groups, long weightBytes) {
        return new PieceGrid(groups, Math.max(1, weightBytes / groups), workers);
    }

    /// Cuts a product over all tokens of the batch and expects its pieces.
    int cutTokens(PieceGrid grid) {
        return cut(grid, plan.tokenCount(), plan.tileTokens());
    }

    /// Cuts a product over this many rows and expects its pieces.
    int cut(PieceGrid grid, int rows, int tileRows) {
        grid.cut(rows, tileRows);
        countdown.reset(grid.tiles(), grid.piecesPerTile());
        return grid.pieces();
    }

    /// Spoils the row when the token's input of a product with integer weights was not finite, which quantised activations
    /// cannot carry on.
    void spoilIfNotFinite(boolean quantized, Activations input, int token, Rows rows) {
        if (quantized && !input.finite(token)) {
            rows.spoil(token);
        }
    }

    /// Multiplies these groups of the weights with these tokens.
    void multiply(
            PackedWeights weights,
            Activations input,
            Rows output,
            int firstToken,
            int tokenCount,
            int firstGroup,
            int groupCount) {
        kernels.linear()
                .multiply(
                        weights,
                        input,
                        firstToken,
                        tokenCount,
                        output.memory(),
                        output.columns(),
                        firstGroup,
                        groupCount);
    }
}
