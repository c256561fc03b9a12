package dev.tokamak.models.huggingface;

/// How many rows and columns of a matrix share a scale; 0 stands for all of them. Immutable.
record BlockShape(int rows, int columns) {

    /// Whether a matrix of this shape has so many scales.
    boolean fits(long matrixRows, long matrixColumns, long scaleRows, long scaleColumns) {
        return Math.ceilDiv(matrixRows, size(rows, matrixRows)) == scaleRows
                && Math.ceilDiv(matrixColumns, size(columns, matrixColumns)) == scaleColumns;
    }

    static long size(int size, long all) {
        return size == 0 ? all : size;
    }
}
