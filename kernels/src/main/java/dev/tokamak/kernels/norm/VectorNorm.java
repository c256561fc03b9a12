package dev.tokamak.kernels.norm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.Lanes;
import dev.tokamak.kernels.arithmetic.StridedSum;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

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
        float sum = sumOfSquares(input, inputOffsetBytes, columns);
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

    private static float sumOfSquares(MemorySegment input, long offsetBytes, int columns) {
        FloatVector first = squares(input, offsetBytes, columns, 0);
        if (Lanes.COUNT == 16) {
            return Lanes.halve(first);
        }
        FloatVector middle = squares(input, offsetBytes, columns, 8);
        if (Lanes.COUNT == 8) {
            return Lanes.halve(first.add(middle));
        }
        FloatVector second = squares(input, offsetBytes, columns, 4);
        FloatVector last = squares(input, offsetBytes, columns, 12);
        return Lanes.halve(first.add(middle).add(second.add(last)));
    }

    /// The partial sums from this one, as many as there are lanes. Lanes past the end add 0, which changes no bit.
    private static FloatVector squares(
            MemorySegment input, long offsetBytes, int columns, int firstSum) {
        FloatVector sums = FloatVector.zero(Lanes.SPECIES);
        int i = firstSum;
        for (; i <= columns - Lanes.COUNT; i += StridedSum.STRIDE) {
            FloatVector x = load(input, offsetBytes + (long) i * Float.BYTES);
            sums = x.fma(x, sums);
        }
        if (i < columns) {
            FloatVector x =
                    FloatVector.fromMemorySegment(
                            Lanes.SPECIES,
                            input,
                            offsetBytes + (long) i * Float.BYTES,
                            Lanes.ORDER,
                            Lanes.SPECIES.indexInRange(i, columns));
            sums = x.fma(x, sums);
        }
        return sums;
    }

    private static FloatVector load(MemorySegment from, long offsetBytes) {
        return FloatVector.fromMemorySegment(Lanes.SPECIES, from, offsetBytes, Lanes.ORDER);
    }
}
