package dev.tokamak.engine.execute;

import dev.tokamak.kernels.linear.PackedWeights;

/// The output head, for the tokens that ask for logits.
final class HeadStage implements Stage {

    private final Workbench bench;
    private final PackedWeights head;
    private final PieceGrid grid;

    HeadStage(Workbench bench, PackedWeights head) {
        this.bench = bench;
        this.head = head;
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
    }

    @Override
    public void fetchAhead(int worker) {
        bench.kernels().linear().fetchAhead(head, grid.likelyFirstGroup(worker));
    }
}
