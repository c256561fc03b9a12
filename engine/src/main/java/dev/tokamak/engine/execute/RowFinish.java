package dev.tokamak.engine.execute;

/// What is left to do for rows once all their columns are there.
@FunctionalInterface
interface RowFinish {

    /// Finishes these rows.
    void finish(int firstRow, int rowCount);
}
