package dev.tokamak.kernels.softmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.Exponential;
import dev.tokamak.kernels.arithmetic.Lanes;
import dev.tokamak.kernels.arithmetic.StridedSum;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Softmax in lanes of the Vector API. Thread-safe.
final class VectorSoftmax implements Softmax {

    /* Sums are kept as 16 floats and loaded and stored for each vector: with fewer than 16 lanes consecutive vectors go to
     * different parts of them, and the exponential costs far more than the two accesses. */

    @Override
    public int argMax(MemorySegment logits, long offsetBytes, int count) {
        int bound = Lanes.SPECIES.loopBound(count);
        FloatVector maxima = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector differences = FloatVector.zero(Lanes.SPECIES);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            FloatVector x = load(logits, offsetBytes, i);
            maxima = maxima.max(x);
            differences = differences.add(x.sub(x)); // NaN when x is not finite
        }
        float max = maxima.reduceLanes(VectorOperators.MAX);
        boolean finite = !differences.test(VectorOperators.IS_NAN).anyTrue();
        for (int i = bound; i < count; i++) {
            float x = at(logits, offsetBytes, i);
            finite &= Float.isFinite(x);
            max = Math.max(max, x);
        }
        return finite ? firstEqual(logits, offsetBytes, count, max) : -1;
    }

    private static int firstEqual(MemorySegment logits, long offsetBytes, int count, float x) {
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            VectorMask<Float> equal = load(logits, offsetBytes, i).eq(x);
            if (equal.anyTrue()) {
                return i + equal.firstTrue();
            }
        }
        for (int i = bound; i < count; i++) {
            if (at(logits, offsetBytes, i) == x) {
                return i;
            }
        }
        return -1;
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
        float[] sums = new float[StridedSum.STRIDE];
        float total = 0f;
        for (int chunk = 0; chunk < count; chunk += ScalarSoftmax.CHUNK) {
            int end = Math.min(count, chunk + ScalarSoftmax.CHUNK);
            int bound = chunk + Lanes.SPECIES.loopBound(end - chunk);
            Arrays.fill(sums, 0f);
            for (int i = chunk; i < bound; i += Lanes.COUNT) {
                FloatVector e =
                        Lanes.exp(load(logits, offsetBytes, i).sub(max).mul(inverseTemperature));
                e.intoMemorySegment(
                        output, outputOffsetBytes + (long) i * Float.BYTES, Lanes.ORDER);
                addTo(sums, i, e);
            }
            for (int i = bound; i < end; i++) {
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
        float[] sums = new float[StridedSum.STRIDE];
        float total = 0f;
        for (int chunk = 0; chunk < count; chunk += ScalarSoftmax.CHUNK) {
            int end = Math.min(count, chunk + ScalarSoftmax.CHUNK);
            int bound = chunk + Lanes.SPECIES.loopBound(end - chunk);
            Arrays.fill(sums, 0f);
            for (int i = chunk; i < bound; i += Lanes.COUNT) {
                addTo(sums, i, Lanes.exp(load(logits, offsetBytes, i).sub(max)));
            }
            for (int i = bound; i < end; i++) {
                sums[i % StridedSum.STRIDE] += Exponential.exp(at(logits, offsetBytes, i) - max);
            }
            total += StridedSum.halve(sums, 0);
        }
        return max + StrictMath.log(total);
    }

    private static void addTo(float[] sums, int index, FloatVector addend) {
        int lane = index % StridedSum.STRIDE;
        FloatVector.fromArray(Lanes.SPECIES, sums, lane).add(addend).intoArray(sums, lane);
    }

    private static float max(MemorySegment logits, long offsetBytes, int count) {
        int bound = Lanes.SPECIES.loopBound(count);
        FloatVector maxima = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            maxima = maxima.max(load(logits, offsetBytes, i));
        }
        float max = maxima.reduceLanes(VectorOperators.MAX);
        for (int i = bound; i < count; i++) {
            max = Math.max(max, at(logits, offsetBytes, i));
        }
        return max;
    }

    private static FloatVector load(MemorySegment logits, long offsetBytes, int index) {
        return FloatVector.fromMemorySegment(
                Lanes.SPECIES, logits, offsetBytes + (long) index * Float.BYTES, Lanes.ORDER);
    }

    private static float at(MemorySegment logits, long offsetBytes, int index) {
        return logits.get(JAVA_FLOAT, offsetBytes + (long) index * Float.BYTES);
    }
}
