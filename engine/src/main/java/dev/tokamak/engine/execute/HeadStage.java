package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.DecoderModel;

/// The output head, for the tokens that ask for logits.
final class HeadStage implements Stage {

    private final Workbench bench;
    private final PackedWeights head;
    private final Projected projected;
    private final float scale;
    private final float softcap;
    private final PieceGrid grid;

    HeadStage(Workbench bench, DecoderModel.Head end) {
        this.bench = bench;
        this.head = end.projection().weights();
        this.projected = Projected.of(end.projection(), bench.workspace().logits);
        this.scale = end.scale();
        this.softcap = end.softcap();
        this.grid = bench.grid(head.groups(), head.sizeBytes(), head.columns());
    }

    @Override
    public String name() {
        return "head";
    }

    @Override
    public int prepare() {
        return bench.cut(grid, RowSet.LOGIT_ROWS);
    }

    @Override
    public long bytes() {
        return head.sizeBytes();
    }

    @Override
    public long multiplyAdds() {
        return bench.plan().logitRows() * head.multiplyAdds();
    }

    @Override
    public void run(int piece, int worker) {
        bench.multiply(
                head,
                bench.workspace().headInput,
                bench.workspace().logits,
                grid.firstToken(piece),
                grid.tokenCount(piece),
                grid.firstGroup(piece),
                grid.groupCount(piece));
        if (projected.bias() == null && scale == 1 && softcap == 0) {
            return;
        }
        int firstColumn = grid.firstGroup(piece) * PackedWeights.GROUP_ROWS;
        int columns =
                Math.min(
                        grid.groupCount(piece) * PackedWeights.GROUP_ROWS,
                        head.rows() - firstColumn);
        int first = grid.firstToken(piece);
        for (int row = first; row < first + grid.tokenCount(piece); row++) {
            finish(row, firstColumn, columns);
        }
    }

    private void finish(int row, int firstColumn, int columns) {
        projected.complete(bench, row, firstColumn, columns);
        Rows logits = projected.rows();
        long at = logits.offsetBytes(row) + (long) firstColumn * Float.BYTES;
        if (scale != 1) {
            bench.kernels().activation().scale(logits.memory(), at, scale, columns);
        }
        if (softcap != 0) {
            bench.kernels().activation().softcap(logits.memory(), at, softcap, columns);
        }
    }

    @Override
    public void fetchAhead(int worker) {
        bench.kernels().linear().fetchAhead(head, grid.likelyFirstGroup(worker));
    }
}
