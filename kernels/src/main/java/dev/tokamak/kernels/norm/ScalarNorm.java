package dev.tokamak.kernels.norm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.StridedSum;
import java.lang.foreign.MemorySegment;

/// The norms in plain Java: the specification. Thread-safe.
final class ScalarNorm implements Norm {

    @Override
    public void rms(
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            MemorySegment output,
            long outputOffsetBytes,
            int columns) {
        float sum = sumOfSquares(input, inputOffsetBytes, 0f, columns, 0, 1);
        float scale = inverseRoot(sum, columns, epsilon);
        for (int i = 0; i < columns; i++) {
            long at = (long) i * Float.BYTES;
            float x = input.get(JAVA_FLOAT, inputOffsetBytes + at);
            output.set(JAVA_FLOAT, outputOffsetBytes + at, x * scale * weight.get(JAVA_FLOAT, at));
        }
    }

    @Override
    public void layer(
            MemorySegment input,
            long inputOffsetBytes,
            LayerWeights weights,
            MemorySegment output,
            long outputOffsetBytes,
            int columns,
            int rows) {
        for (int row = 0; row < rows; row++) {
            long start = (long) row * columns * Float.BYTES;
            long from = inputOffsetBytes + start;
            float mean = sum(input, from, columns, 0, 1) / columns;
            float squares = sumOfSquares(input, from, mean, columns, 0, 1);
            float scale = inverseRoot(squares, columns, weights.epsilon());
            for (int i = 0; i < columns; i++) {
                long at = (long) i * Float.BYTES;
                float x = (input.get(JAVA_FLOAT, from + at) - mean) * scale;
                output.set(JAVA_FLOAT, outputOffsetBytes + start + at, weighted(x, weights, at));
            }
        }
    }

    static float weighted(float x, LayerWeights weights, long offsetBytes) {
        float weight = weights.weight().get(JAVA_FLOAT, offsetBytes);
        return weights.hasBias()
                ? Math.fma(x, weight, weights.bias().get(JAVA_FLOAT, offsetBytes))
                : x * weight;
    }

    /// The sum at this place of the halving tree, computed from the leaves up so that no array is needed.
    private static float sum(
            MemorySegment input, long offsetBytes, int columns, int lane, int width) {
        if (width < StridedSum.STRIDE) {
            return sum(input, offsetBytes, columns, lane, 2 * width)
                    + sum(input, offsetBytes, columns, lane + width, 2 * width);
        }
        float sum = 0;
        for (int i = lane; i < columns; i += StridedSum.STRIDE) {
            sum += input.get(JAVA_FLOAT, offsetBytes + (long) i * Float.BYTES);
        }
        return sum;
    }

    /// As [#sum] of the squares of differences from `mean`; a mean of +0 changes no square.
    private static float sumOfSquares(
            MemorySegment input, long offsetBytes, float mean, int columns, int lane, int width) {
        if (width < StridedSum.STRIDE) {
            return sumOfSquares(input, offsetBytes, mean, columns, lane, 2 * width)
                    + sumOfSquares(input, offsetBytes, mean, columns, lane + width, 2 * width);
        }
        float sum = 0;
        for (int i = lane; i < columns; i += StridedSum.STRIDE) {
            float x = input.get(JAVA_FLOAT, offsetBytes + (long) i * Float.BYTES) - mean;
            sum = Math.fma(x, x, sum);
        }
        return sum;
    }

    /// `1 / sqrt(sumOfSquares / columns + epsilon)`, every step rounded to fp32.
    static float inverseRoot(float sumOfSquares, int columns, float epsilon) {
        float mean = sumOfSquares / columns;
        return 1f / (float) Math.sqrt(mean + epsilon);
    }
}
