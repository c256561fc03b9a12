package dev.tokamak.kernels.softmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

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
    public float exponentials(
            MemorySegment logits,
            long offsetBytes,
            int count,
            float inverseTemperature,
            MemorySegment output,
            long outputOffsetBytes) {
        float max = max(logits, offsetBytes, count);
        float total = 0f;
        float[] sums = new float[StridedSum.STRIDE];
        for (int chunk = 0; chunk < count; chunk += CHUNK) {
            java.util.Arrays.fill(sums, 0f);
            for (int i = chunk; i < Math.min(count, chunk + CHUNK); i++) {
                float e = Exponential.exp((at(logits, offsetBytes, i) - max) * inverseTemperature);
                output.set(JAVA_FLOAT, outputOffsetBytes + (long) i * Float.BYTES, e);
                sums[i % StridedSum.STRIDE] += e;
            }
            total += StridedSum.halve(sums, 0);
        }
        return total;
    }

    @Override
    public double logSumExp(MemorySegment logits, long offsetBytes, int count) {
        float max = max(logits, offsetBytes, count);
        float total = 0f;
        float[] sums = new float[StridedSum.STRIDE];
        for (int chunk = 0; chunk < count; chunk += CHUNK) {
            java.util.Arrays.fill(sums, 0f);
            for (int i = chunk; i < Math.min(count, chunk + CHUNK); i++) {
                sums[i % StridedSum.STRIDE] += Exponential.exp(at(logits, offsetBytes, i) - max);
            }
            total += StridedSum.halve(sums, 0);
        }
        return max + StrictMath.log(total);
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
