package dev.tokamak.engine.execute;

/// Finishes the rows of the product before it, in an operation of its own so that all workers share the work. Skipped
/// where the rows are so few that the worker that completes the product finishes them.
final class FinishStage implements Stage {

    private static final int PIECES_PER_WORKER = 4;

    private final String name;
    private final Workbench bench;
    private final RowSet rowSet;
    private final RowFinish finish;
    private int rows;
    private int pieceRows;

    FinishStage(String name, Workbench bench, RowSet rowSet, RowFinish finish) {
        this.name = name;
        this.bench = bench;
        this.rowSet = rowSet;
        this.finish = finish;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int prepare() {
        rows = rowSet.rows(bench.plan());
        if (Workbench.finishesAtOnce(rows)) {
            return 0;
        }
        int wanted = bench.workers() * PIECES_PER_WORKER;
        pieceRows = (rows + wanted - 1) / wanted;
        return (rows + pieceRows - 1) / pieceRows;
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public long multiplyAdds() {
        return 0;
    }

    @Override
    public void run(int piece, int worker) {
        int first = piece * pieceRows;
        finish.finish(first, Math.min(pieceRows, rows - first));
    }
}
