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
        float[] sums = new float[StridedSum.STRIDE];
        for (int i = 0; i < columns; i++) {
            float x = input.get(JAVA_FLOAT, inputOffsetBytes + (long) i * Float.BYTES);
            int lane = i % StridedSum.STRIDE;
            sums[lane] = Math.fma(x, x, sums[lane]);
        }
        float scale = inverseRoot(StridedSum.halve(sums, 0), columns, epsilon);
        for (int i = 0; i < columns; i++) {
            long at = (long) i * Float.BYTES;
            float x = input.get(JAVA_FLOAT, inputOffsetBytes + at);
            output.set(JAVA_FLOAT, outputOffsetBytes + at, x * scale * weight.get(JAVA_FLOAT, at));
        }
    }

    /// `1 / sqrt(sumOfSquares / columns + epsilon)`, every step rounded to fp32.
    static float inverseRoot(float sumOfSquares, int columns, float epsilon) {
        float mean = sumOfSquares / columns;
        return 1f / (float) Math.sqrt(mean + epsilon);
    }
}
