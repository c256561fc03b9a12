package dev.tokamak.kernels.norm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.Lanes;
import dev.tokamak.kernels.arithmetic.StridedSum;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// The norms in lanes of the Vector API. Thread-safe.
final class VectorNorm implements Norm {

    /* The 16 partial sums are 1, 2 or 4 vectors; the row is walked once for each, which is cheap: it is in the first-level
     * cache. */

    @Override
    public void rms(
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            MemorySegment output,
            long outputOffsetBytes,
            int columns) {
        float sum = sum(input, inputOffsetBytes, 0f, columns, true);
        float scale = ScalarNorm.inverseRoot(sum, columns, epsilon);
        int bound = Lanes.SPECIES.loopBound(columns);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = (long) i * Float.BYTES;
            load(input, inputOffsetBytes + at)
                    .mul(scale)
                    .mul(load(weight, at))
                    .intoMemorySegment(output, outputOffsetBytes + at, Lanes.ORDER);
        }
        for (int i = bound; i < columns; i++) {
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
            layer(
                    input,
                    inputOffsetBytes + start,
                    weights,
                    output,
                    outputOffsetBytes + start,
                    columns);
        }
    }

    private static void layer(
            MemorySegment input,
            long inputOffsetBytes,
            LayerWeights weights,
            MemorySegment output,
            long outputOffsetBytes,
            int columns) {
        float mean = sum(input, inputOffsetBytes, 0f, columns, false) / columns;
        float squares = sum(input, inputOffsetBytes, mean, columns, true);
        float scale = ScalarNorm.inverseRoot(squares, columns, weights.epsilon());
        MemorySegment weight = weights.weight();
        MemorySegment bias = weights.bias();
        boolean hasBias = weights.hasBias();
        int bound = Lanes.SPECIES.loopBound(columns);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = (long) i * Float.BYTES;
            FloatVector x = load(input, inputOffsetBytes + at).sub(mean).mul(scale);
            FloatVector y =
                    hasBias ? x.fma(load(weight, at), load(bias, at)) : x.mul(load(weight, at));
            y.intoMemorySegment(output, outputOffsetBytes + at, Lanes.ORDER);
        }
        for (int i = bound; i < columns; i++) {
            long at = (long) i * Float.BYTES;
            float x = (input.get(JAVA_FLOAT, inputOffsetBytes + at) - mean) * scale;
            float y = ScalarNorm.weighted(x, weights, at);
            output.set(JAVA_FLOAT, outputOffsetBytes + at, y);
        }
    }

    /// The sum of the row, or of the squares of its differences from the mean.
    private static float sum(
            MemorySegment input, long offsetBytes, float mean, int columns, boolean squares) {
        FloatVector first = partialSums(input, offsetBytes, mean, columns, squares, 0);
        if (Lanes.COUNT == 16) {
            return Lanes.halve(first);
        }
        FloatVector middle = partialSums(input, offsetBytes, mean, columns, squares, 8);
        if (Lanes.COUNT == 8) {
            return Lanes.halve(first.add(middle));
        }
        FloatVector second = partialSums(input, offsetBytes, mean, columns, squares, 4);
        FloatVector last = partialSums(input, offsetBytes, mean, columns, squares, 12);
        return Lanes.halve(first.add(middle).add(second.add(last)));
    }

    /// The partial sums from this one, as many as there are lanes. Lanes past the end add 0, which changes no bit; neither
    /// does a mean of +0 that is taken off.
    private static FloatVector partialSums(
            MemorySegment input,
            long offsetBytes,
            float mean,
            int columns,
            boolean squares,
            int firstSum) {
        FloatVector sums = FloatVector.zero(Lanes.SPECIES);
        int i = firstSum;
        for (; i <= columns - Lanes.COUNT; i += StridedSum.STRIDE) {
            FloatVector x = load(input, offsetBytes + (long) i * Float.BYTES).sub(mean);
            sums = squares ? x.fma(x, sums) : sums.add(x);
        }
        if (i < columns) {
            VectorMask<Float> present = Lanes.SPECIES.indexInRange(i, columns);
            FloatVector x =
                    FloatVector.fromMemorySegment(
                                    Lanes.SPECIES,
                                    input,
                                    offsetBytes + (long) i * Float.BYTES,
                                    Lanes.ORDER,
                                    present)
                            .sub(mean, present);
            sums = squares ? x.fma(x, sums) : sums.add(x);
        }
        return sums;
    }

    private static FloatVector load(MemorySegment from, long offsetBytes) {
        return FloatVector.fromMemorySegment(Lanes.SPECIES, from, offsetBytes, Lanes.ORDER);
    }
}
