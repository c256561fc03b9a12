package dev.tokamak.engine.execute;

import java.util.function.IntSupplier;

/// Something done to each row of a number that is known when the stage is prepared.
final class RowStage implements Stage {

    private static final int PIECES_PER_WORKER = 4;

    private final String name;
    private final Workbench bench;
    private final IntSupplier rowCount;
    private final RowFinish work;
    private int rows;
    private int pieceRows;

    RowStage(String name, Workbench bench, IntSupplier rowCount, RowFinish work) {
        this.name = name;
        this.bench = bench;
        this.rowCount = rowCount;
        this.work = work;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int prepare() {
        rows = rowCount.getAsInt();
        pieceRows = Math.max(1, Math.ceilDiv(rows, bench.workers() * PIECES_PER_WORKER));
        return Math.ceilDiv(rows, pieceRows);
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
        work.finish(first, Math.min(pieceRows, rows - first));
    }
}
