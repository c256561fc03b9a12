package dev.tokamak.models.huggingface;

/// Rows and columns of a matrix, or of the blocks in it that share a scale, where 0 stands for all. Immutable.
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
