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
        float sum = halved(input, inputOffsetBytes, columns, 0, 1);
        float scale = inverseRoot(sum, columns, epsilon);
        for (int i = 0; i < columns; i++) {
            long at = (long) i * Float.BYTES;
            float x = input.get(JAVA_FLOAT, inputOffsetBytes + at);
            output.set(JAVA_FLOAT, outputOffsetBytes + at, x * scale * weight.get(JAVA_FLOAT, at));
        }
    }

    /// The sum of squares at this place of the halving tree, computed from the leaves up so that no array is needed.
    private static float halved(
            MemorySegment input, long offsetBytes, int columns, int lane, int width) {
        if (width == StridedSum.STRIDE) {
            return partialSum(input, offsetBytes, columns, lane);
        }
        return halved(input, offsetBytes, columns, lane, 2 * width)
                + halved(input, offsetBytes, columns, lane + width, 2 * width);
    }

    private static float partialSum(MemorySegment input, long offsetBytes, int columns, int lane) {
        float sum = 0;
        for (int i = lane; i < columns; i += StridedSum.STRIDE) {
            float x = input.get(JAVA_FLOAT, offsetBytes + (long) i * Float.BYTES);
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
