package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Quantises activations with vectors; equal to the scalar reference bit for bit. Immutable.
final class VectorQuantizer {

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;

    /// Added and taken away again, rounds a float below 2^22 to an integer, half to even.
    private static final float ROUNDER = 0x1.8p23f;

    private VectorQuantizer() {}

    static void quantize(Activations activations, int token) {
        boolean finite = true;
        for (int block = 0; block < activations.blocks(); block++) {
            finite &= quantizeBlock(activations, token, block);
        }
        activations.finite(token, finite);
    }

    private static boolean quantizeBlock(Activations activations, int token, int block) {
        MemorySegment floats = activations.floats();
        FloatPlanes planes = activations.floatPlanes();
        int first = block * Activations.BLOCK;
        int count = Math.min(Activations.BLOCK, activations.columns() - first);
        long offset = activations.offsetBytes(token) + (long) first * Float.BYTES;
        float maximum = maximum(floats, offset, count);
        boolean finite = Float.isFinite(maximum);
        boolean zero = !finite || maximum < ScalarLinear.SMALLEST_MAXIMUM;
        float scale = zero ? 0f : maximum / 127f;
        float inverse = zero ? 0f : 127f / maximum;
        int quant = planes.quantIndex(token) + first * FloatPlanes.TILE;
        float[] quants = planes.quants();
        float firstSum = 0f;
        float sum = 0f;
        for (int i = 0; i < count; i++) {
            float x = zero ? 0f : floats.get(JAVA_FLOAT, offset + (long) i * Float.BYTES);
            float value = x * inverse + ROUNDER - ROUNDER;
            quants[quant + i * FloatPlanes.TILE] = value;
            sum += value;
            if (i == Activations.BLOCK / 2 - 1) {
                firstSum = sum;
            }
        }
        int parameters = planes.blockIndex(token) + block * FloatPlanes.TILE;
        planes.scales()[parameters] = scale;
        planes.sums()[parameters] = sum;
        planes.firstSums()[parameters] = count < Activations.BLOCK / 2 ? sum : firstSum;
        planes.scaledSums()[parameters] = scale * sum;
        return finite;
    }

    private static float maximum(MemorySegment floats, long offset, int count) {
        if (count < Activations.BLOCK) {
            float maximum = 0f;
            for (int i = 0; i < count; i++) {
                float x = floats.get(JAVA_FLOAT, offset + (long) i * Float.BYTES);
                maximum = Math.max(maximum, Math.abs(x));
            }
            return maximum;
        }
        FloatVector maximum = FloatVector.zero(FLOATS);
        for (int i = 0; i < Activations.BLOCK; i += Lanes.COUNT) {
            long at = offset + (long) i * Float.BYTES;
            maximum =
                    maximum.max(
                            FloatVector.fromMemorySegment(
                                            FLOATS, floats, at, ByteOrder.nativeOrder())
                                    .abs());
        }
        return maximum.reduceLanes(VectorOperators.MAX);
    }
}
