package dev.tokamak.kernels.softmax;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tokamak.kernels.arithmetic.Exponential;
import dev.tokamak.kernels.arithmetic.Lanes;
import dev.tokamak.kernels.arithmetic.StridedSum;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Softmax in lanes of the Vector API. Thread-safe.
final class VectorSoftmax implements Softmax {

    /* The 16 strided sums of a chunk are 1, 2 or 4 vectors, which stay in registers: a chunk is walked once for each, over
     * the elements that belong to it. (Sums in an array would be an object for each call.) */

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
    public int argMax(MemorySegment logits, long offsetBytes, int count, MemorySegment maxima) {
        for (int chunk = 0; chunk < count; chunk += MAXIMA_CHUNK) {
            int end = Math.min(count, chunk + MAXIMA_CHUNK);
            long to = (long) chunk / MAXIMA_CHUNK * StridedSum.STRIDE * Float.BYTES;
            for (int lane = 0; lane < StridedSum.STRIDE; lane += Lanes.COUNT) {
                partialMaxima(logits, offsetBytes, chunk + lane, end)
                        .intoMemorySegment(maxima, to + (long) lane * Float.BYTES, Lanes.ORDER);
            }
        }
        return argMax(logits, offsetBytes, count);
    }

    private static FloatVector partialMaxima(
            MemorySegment logits, long offsetBytes, int from, int end) {
        FloatVector maxima = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        int i = from;
        for (; i <= end - Lanes.COUNT; i += StridedSum.STRIDE) {
            FloatVector x = load(logits, offsetBytes, i);
            maxima = maxima.blend(x, x.compare(VectorOperators.GT, maxima));
        }
        if (i < end) {
            VectorMask<Float> inRange = Lanes.SPECIES.indexInRange(i, end);
            FloatVector x = load(logits, offsetBytes, i, inRange);
            maxima = maxima.blend(x, x.compare(VectorOperators.GT, maxima, inRange));
        }
        return maxima;
    }

    @Override
    public int atLeast(
            MemorySegment values,
            long offsetBytes,
            int count,
            float threshold,
            MemorySegment indices) {
        int bound = Lanes.SPECIES.loopBound(count);
        int found = 0;
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long lanes =
                    load(values, offsetBytes, i).compare(VectorOperators.GE, threshold).toLong();
            for (; lanes != 0; lanes &= lanes - 1) {
                indices.setAtIndex(JAVA_INT, found++, i + Long.numberOfTrailingZeros(lanes));
            }
        }
        for (int i = bound; i < count; i++) {
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
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            Lanes.exp(load(logits, offsetBytes, i).sub(max).mul(inverseTemperature))
                    .intoMemorySegment(
                            output, outputOffsetBytes + (long) i * Float.BYTES, Lanes.ORDER);
        }
        for (int i = bound; i < count; i++) {
            float e = Exponential.exp((at(logits, offsetBytes, i) - max) * inverseTemperature);
            output.set(JAVA_FLOAT, outputOffsetBytes + (long) i * Float.BYTES, e);
        }
        float total = 0f;
        for (int chunk = 0; chunk < count; chunk += ScalarSoftmax.CHUNK) {
            int end = Math.min(count, chunk + ScalarSoftmax.CHUNK);
            total += sum(output, outputOffsetBytes, chunk, end);
        }
        return total;
    }

    private static float sum(MemorySegment x, long offsetBytes, int from, int end) {
        FloatVector first = partialSums(x, offsetBytes, from, end);
        if (Lanes.COUNT == 16) {
            return Lanes.halve(first);
        }
        FloatVector middle = partialSums(x, offsetBytes, from + 8, end);
        if (Lanes.COUNT == 8) {
            return Lanes.halve(first.add(middle));
        }
        FloatVector second = partialSums(x, offsetBytes, from + 4, end);
        FloatVector last = partialSums(x, offsetBytes, from + 12, end);
        return Lanes.halve(first.add(middle).add(second.add(last)));
    }

    /// As many strided sums as there are lanes. Lanes past the end add 0, which changes no bit.
    private static FloatVector partialSums(MemorySegment x, long offsetBytes, int from, int end) {
        FloatVector sums = FloatVector.zero(Lanes.SPECIES);
        int i = from;
        for (; i <= end - Lanes.COUNT; i += StridedSum.STRIDE) {
            sums = sums.add(load(x, offsetBytes, i));
        }
        if (i < end) {
            sums = sums.add(load(x, offsetBytes, i, Lanes.SPECIES.indexInRange(i, end)));
        }
        return sums;
    }

    @Override
    public double logSumExp(MemorySegment logits, long offsetBytes, int count) {
        float max = max(logits, offsetBytes, count);
        float total = 0f;
        for (int chunk = 0; chunk < count; chunk += ScalarSoftmax.CHUNK) {
            int end = Math.min(count, chunk + ScalarSoftmax.CHUNK);
            total += sumOfExponentials(logits, offsetBytes, max, chunk, end);
        }
        return max + StrictMath.log(total);
    }

    private static float sumOfExponentials(
            MemorySegment logits, long offsetBytes, float max, int from, int end) {
        FloatVector first = partialExponentials(logits, offsetBytes, max, from, end);
        if (Lanes.COUNT == 16) {
            return Lanes.halve(first);
        }
        FloatVector middle = partialExponentials(logits, offsetBytes, max, from + 8, end);
        if (Lanes.COUNT == 8) {
            return Lanes.halve(first.add(middle));
        }
        FloatVector second = partialExponentials(logits, offsetBytes, max, from + 4, end);
        FloatVector last = partialExponentials(logits, offsetBytes, max, from + 12, end);
        return Lanes.halve(first.add(middle).add(second.add(last)));
    }

    private static FloatVector partialExponentials(
            MemorySegment logits, long offsetBytes, float max, int from, int end) {
        FloatVector sums = FloatVector.zero(Lanes.SPECIES);
        int i = from;
        for (; i <= end - Lanes.COUNT; i += StridedSum.STRIDE) {
            sums = sums.add(Lanes.exp(load(logits, offsetBytes, i).sub(max)));
        }
        if (i < end) {
            VectorMask<Float> inRange = Lanes.SPECIES.indexInRange(i, end);
            FloatVector e = Lanes.exp(load(logits, offsetBytes, i, inRange).sub(max));
            sums = sums.add(e, inRange);
        }
        return sums;
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

    private static FloatVector load(MemorySegment from, long offsetBytes, int index) {
        return FloatVector.fromMemorySegment(
                Lanes.SPECIES, from, offsetBytes + (long) index * Float.BYTES, Lanes.ORDER);
    }

    private static FloatVector load(
            MemorySegment from, long offsetBytes, int index, VectorMask<Float> inRange) {
        return FloatVector.fromMemorySegment(
                Lanes.SPECIES,
                from,
                offsetBytes + (long) index * Float.BYTES,
                Lanes.ORDER,
                inRange);
    }

    private static float at(MemorySegment logits, long offsetBytes, int index) {
        return logits.get(JAVA_FLOAT, offsetBytes + (long) index * Float.BYTES);
    }
}
