package dev.tokamak.kernels.quantize;

/// The weights of one block on their way into a file, with the importance of each where that is known. It moves along a
/// row. Confined to one thread.
final class SourceBlock {

    private float[] values = {};
    private float[] importance = {};
    private int start;
    private int importanceStart;
    private boolean weighted;
    private float meanSquare;

    /// Moves to the start of a row; an empty importance means that none is known.
    void beginRow(float[] row, int offset, int columns, float[] rowImportance, int rowStart) {
        values = row;
        start = offset;
        importance = rowImportance;
        importanceStart = rowStart;
        weighted = rowImportance.length > 0;
        meanSquare = weighted ? sumOfSquares(columns) / columns : 0;
    }

    void advance(int elements) {
        start += elements;
        importanceStart += elements;
    }

    float value(int index) {
        return values[start + index];
    }

    /// Copies weights of the block to the start of the target.
    void copy(int from, float[] target, int count) {
        System.arraycopy(values, start + from, target, 0, count);
    }

    /// Whether the importance of columns is known.
    boolean isWeighted() {
        return weighted;
    }

    float importance(int index) {
        return importance[importanceStart + index];
    }

    /// The mean square of the whole row, known only where importance is.
    float rowMeanSquare() {
        return meanSquare;
    }

    /// Added in ascending order, as all sums here, since files are compared byte by byte.
    float sumOfSquares(int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            float value = values[start + i];
            sum += value * value;
        }
        return sum;
    }

    /// Fills the target with `importance * sqrt(spread + value * value)` of weights from this index on.
    void errorWeights(int from, float spread, float[] target, int count) {
        for (int i = 0; i < count; i++) {
            float value = value(from + i);
            target[i] = importance(from + i) * (float) Math.sqrt(spread + value * value);
        }
    }
}
