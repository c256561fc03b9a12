package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.architecture.DecoderLayer;
import java.util.List;

/// What all stages of a forward pass share. One operation runs at a time, so one countdown serves them all.
record Workbench(
        Kernels kernels, int workers, BatchPlan plan, Workspace workspace, Countdown countdown) {

    /// Rows up to which finishing them alone is quicker than another barrier.
    private static final int ROWS_AT_ONCE = 3;

    /// A workbench for these layers.
    static Workbench of(
            Kernels kernels,
            WorkerTeam team,
            BatchPlan plan,
            Workspace workspace,
            List<DecoderLayer> layers) {
        int slots = AttentionPlan.slots(Heads.fewest(layers), team.workers());
        Countdown countdown = new Countdown(workspace.maxTokens() + slots * Heads.most(layers));
        return new Workbench(kernels, team.workers(), plan, workspace, countdown);
    }

    /// Whether the worker that completes a product of this many rows finishes them; if not, a [FinishStage] follows.
    static boolean finishesAtOnce(int rows) {
        return rows <= ROWS_AT_ONCE;
    }

    /// A grid for matrices of this many columns, with this many groups in all, that read this many bytes of weights.
    PieceGrid grid(int groups, long weightBytes, int columns) {
        return new PieceGrid(groups, Math.max(1, weightBytes / groups), columns, workers);
    }

    /// Cuts a product over these rows, expects its pieces and returns their number: 0 without rows.
    int cut(PieceGrid grid, RowSet rowSet) {
        int rows = rowSet.rows(plan);
        if (rows == 0) {
            return 0;
        }
        grid.cut(rows);
        countdown.reset(1, grid.pieces());
        return grid.pieces();
    }

    /// To be called at the end of each piece of a product: the last one finishes the rows if they are few.
    void complete(RowSet rowSet, RowFinish finish) {
        int rows = rowSet.rows(plan);
        if (finishesAtOnce(rows) && countdown.completes(0)) {
            finish.finish(0, rows);
        }
    }

    /// Multiplies these groups of the weights with these tokens. Where an input was not finite, which quantised activations
    /// cannot carry on, the outputs are NaN.
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
        if (weights.readsQuantized()) {
            int firstColumn = firstGroup * PackedWeights.GROUP_ROWS;
            int endColumn = firstColumn + groupCount * PackedWeights.GROUP_ROWS;
            for (int token = firstToken; token < firstToken + tokenCount; token++) {
                if (!input.finite(token)) {
                    output.spoil(token, firstColumn, Math.min(weights.rows(), endColumn));
                }
            }
        }
    }
}
