package dev.tokamak.engine.execute;

import dev.tokamak.kernels.linear.PackedWeights;

/// The output head, for the tokens that ask for logits.
final class HeadStage implements Stage {

    private static final int TILE_ROWS = 16;

    private final Workbench bench;
    private final PackedWeights head;
    private final PieceGrid grid;

    HeadStage(Workbench bench, PackedWeights head) {
        this.bench = bench;
        this.head = head;
        this.grid = bench.grid(head.groups(), head.sizeBytes());
    }

    @Override
    public String name() {
        return "head";
    }

    @Override
    public int prepare() {
        int rows = bench.plan().logitRows();
        if (rows == 0) {
            return 0;
        }
        return bench.cut(grid, rows, TILE_ROWS);
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
        if (bench.countdown().completes(grid.tile(piece))) {
            int first = grid.firstToken(piece);
            for (int row = first; row < first + grid.tokenCount(piece); row++) {
                bench.spoilIfNotFinite(
                        head.readsQuantized(),
                        bench.workspace().headInput,
                        row,
                        bench.workspace().logits);
            }
        }
    }
}
