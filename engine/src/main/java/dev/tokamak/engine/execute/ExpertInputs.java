package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.models.architecture.FeedForward;
import org.jspecify.annotations.Nullable;

/// What a block of experts reads and how its results are normalised: the normalised residual stream and no more, or norms of
/// their own for router, experts and results. Confined to the engine thread while it is made.
final class ExpertInputs {

    private final Workbench bench;
    private final @Nullable Own own;

    private record Own(
            Rows residual,
            RowNorm routerNorm,
            Activations router,
            boolean quantizeRouter,
            RowNorm inputNorm,
            Activations input,
            RowNorm outputNorm,
            RowNorm sharedNorm) {}

    ExpertInputs(Workbench bench, RowSet rowSet, FeedForward.Experts block) {
        this.bench = bench;
        this.own = block.norms().map(norms -> own(rowSet, block, norms)).orElse(null);
    }

    private Own own(RowSet rowSet, FeedForward.Experts block, FeedForward.ExpertNorms norms) {
        Workspace workspace = bench.workspace();
        Rows residual = rowSet == RowSet.TOKENS ? workspace.residual : workspace.compactResidual;
        return new Own(
                residual,
                new RowNorm(bench, norms.router()),
                workspace.tokenActivations("router input", residual.columns()),
                block.router().scores().weights().readsQuantized(),
                new RowNorm(bench, norms.input()),
                workspace.tokenActivations("expert input", residual.columns()),
                new RowNorm(bench, norms.output()),
                new RowNorm(bench, norms.shared()));
    }

    /// Whether [#prepare] has anything to do.
    boolean areOwn() {
        return own != null;
    }

    Activations router() {
        return own == null ? bench.workspace().normed : own.router;
    }

    /// The rows that experts read, which are quantised once they are gathered.
    Activations experts() {
        return own == null ? bench.workspace().normed : own.input;
    }

    /// Normalises complete rows of the residual stream.
    void prepare(int firstRow, int rowCount) {
        if (own == null) {
            return;
        }
        normalise(own.routerNorm, own.residual, own.router, firstRow, rowCount);
        normalise(own.inputNorm, own.residual, own.input, firstRow, rowCount);
        if (own.quantizeRouter) {
            bench.kernels().linear().quantize(own.router, firstRow, rowCount);
        }
    }

    private static void normalise(
            RowNorm norm, Rows from, Activations to, int firstRow, int rowCount) {
        norm.apply(
                from.memory(),
                from.offsetBytes(firstRow),
                to.floats(),
                to.offsetBytes(firstRow),
                from.columns(),
                rowCount);
    }

    /// Normalises a row of what the experts gave together.
    void finishSum(Rows rows, int row) {
        if (own != null) {
            own.outputNorm.applyInPlace(rows.memory(), rows.offsetBytes(row), rows.columns(), 1);
        }
    }

    /// Normalises a row of what the shared block gave.
    void finishShared(Rows rows, int row) {
        if (own != null) {
            own.sharedNorm.applyInPlace(rows.memory(), rows.offsetBytes(row), rows.columns(), 1);
        }
    }
}
