package dev.tokamak.kernels.softmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tokamak.kernels.arithmetic.Exponential;
import dev.tokamak.kernels.arithmetic.StridedSum;
import java.lang.foreign.MemorySegment;

/// Softmax in plain Java: the specification. Thread-safe.
final class ScalarSoftmax implements Softmax {

    static final int CHUNK = 4096;

    @Override
    public int argMax(MemorySegment logits, long offsetBytes, int count) {
        int best = -1;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            float x = at(logits, offsetBytes, i);
            if (!Float.isFinite(x)) {
                return -1;
            }
            if (x > max) {
                max = x;
                best = i;
            }
        }
        return best;
    }

    @Override
    public int argMax(MemorySegment logits, long offsetBytes, int count, MemorySegment maxima) {
        for (int i = 0; i < Softmax.maxima(count); i++) {
            maxima.setAtIndex(JAVA_FLOAT, i, Float.NEGATIVE_INFINITY);
        }
        for (int i = 0; i < count; i++) {
            int maximum = i / MAXIMA_CHUNK * StridedSum.STRIDE + i % StridedSum.STRIDE;
            float x = at(logits, offsetBytes, i);
            if (x > maxima.getAtIndex(JAVA_FLOAT, maximum)) {
                maxima.setAtIndex(JAVA_FLOAT, maximum, x);
            }
        }
        return argMax(logits, offsetBytes, count);
    }

    @Override
    public int atLeast(
            MemorySegment values,
            long offsetBytes,
            int count,
            float threshold,
            MemorySegment indices) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            if (at(values, offsetBytes, i) >= threshold) {
                indices.setAtIndex(JAVA_INT, found++, i);
            }
        }
        return found;
    }

    @Override
    public float exponentials(
            MemorySegment logits,
            long offsetBytes,
            int count,
            float inverseTemperature,
            MemorySegment output,
            long outputOffsetBytes) {
        float max = max(logits, offsetBytes, count);
        for (int i = 0; i < count; i++) {
            float e = Exponential.exp((at(logits, offsetBytes, i) - max) * inverseTemperature);
            output.set(JAVA_FLOAT, outputOffsetBytes + (long) i * Float.BYTES, e);
        }
        float total = 0f;
        for (int chunk = 0; chunk < count; chunk += CHUNK) {
            int end = Math.min(count, chunk + CHUNK);
            total += sum(output, outputOffsetBytes, chunk, end, 1);
        }
        return total;
    }

    /// The halving tree over the strided sums from `first`: of `width` sums, each the sum of two of the level below.
    private static float sum(MemorySegment x, long offsetBytes, int first, int end, int width) {
        if (width < StridedSum.STRIDE) {
            return sum(x, offsetBytes, first, end, 2 * width)
                    + sum(x, offsetBytes, first + width, end, 2 * width);
        }
        float sum = 0f;
        for (int i = first; i < end; i += StridedSum.STRIDE) {
            sum += at(x, offsetBytes, i);
        }
        return sum;
    }

    @Override
    public double logSumExp(MemorySegment logits, long offsetBytes, int count) {
        float max = max(logits, offsetBytes, count);
        float total = 0f;
        for (int chunk = 0; chunk < count; chunk += CHUNK) {
            int end = Math.min(count, chunk + CHUNK);
            total += sumOfExponentials(logits, offsetBytes, max, chunk, end, 1);
        }
        return max + StrictMath.log(total);
    }

    private static float sumOfExponentials(
            MemorySegment logits, long offsetBytes, float max, int first, int end, int width) {
        if (width < StridedSum.STRIDE) {
            return sumOfExponentials(logits, offsetBytes, max, first, end, 2 * width)
                    + sumOfExponentials(logits, offsetBytes, max, first + width, end, 2 * width);
        }
        float sum = 0f;
        for (int i = first; i < end; i += StridedSum.STRIDE) {
            sum += Exponential.exp(at(logits, offsetBytes, i) - max);
        }
        return sum;
    }

    private static float max(MemorySegment logits, long offsetBytes, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, at(logits, offsetBytes, i));
        }
        return max;
    }

    private static float at(MemorySegment logits, long offsetBytes, int index) {
        return logits.get(JAVA_FLOAT, offsetBytes + (long) index * Float.BYTES);
    }
}
