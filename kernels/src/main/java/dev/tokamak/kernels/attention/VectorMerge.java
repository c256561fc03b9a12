package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.Exponential;
import dev.tokamak.kernels.arithmetic.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The merge of segments that were attended to apart, in lanes of the Vector API. Immutable.
final class VectorMerge {

    private VectorMerge() {}

    /// Merges the segments from the first to the last into the output of one query head.
    static void merge(
            AttentionHead head,
            int queryHead,
            int first,
            int last,
            AttentionPartials partials,
            MemorySegment output,
            long outputBytes,
            int valueDim) {
        MemorySegment memory = partials.memory();
        float maximum = partials.maximum(first, queryHead);
        float sum = partials.sum(first, queryHead);
        long firstBytes = partials.outputBytes(first, queryHead);
        MemorySegment.copy(memory, firstBytes, output, outputBytes, (long) valueDim * Float.BYTES);
        for (int segment = first + 1; segment <= last; segment++) {
            float added = partials.maximum(segment, queryHead);
            float newMaximum = Math.max(maximum, added);
            float a = Exponential.exp(maximum - newMaximum);
            float b = Exponential.exp(added - newMaximum);
            maximum = newMaximum;
            sum = Math.fma(partials.sum(segment, queryHead), b, sum * a);
            long partialBytes = partials.outputBytes(segment, queryHead);
            blend(memory, partialBytes, b, output, outputBytes, a, valueDim);
        }
        if (head.rule().hasSinks()) {
            float sink = head.sink(queryHead);
            float newMaximum = Math.max(maximum, sink);
            float a = Exponential.exp(maximum - newMaximum);
            sum = sum * a + Exponential.exp(sink - newMaximum);
            scale(output, outputBytes, valueDim, a);
        }
        scale(output, outputBytes, valueDim, 1f / sum);
    }

    /// `target[i] = fma(added[i], b, target[i] * a)`.
    private static void blend(
            MemorySegment added,
            long addedBytes,
            float b,
            MemorySegment target,
            long targetBytes,
            float a,
            int count) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            long bytes = (long) i * Float.BYTES;
            FloatVector scaled = load(target, targetBytes + bytes).mul(a);
            load(added, addedBytes + bytes)
                    .fma(FloatVector.broadcast(Lanes.SPECIES, b), scaled)
                    .intoMemorySegment(target, targetBytes + bytes, Lanes.ORDER);
        }
        for (; i < count; i++) {
            long bytes = (long) i * Float.BYTES;
            float before = target.get(JAVA_FLOAT, targetBytes + bytes);
            float partial = added.get(JAVA_FLOAT, addedBytes + bytes);
            target.set(JAVA_FLOAT, targetBytes + bytes, Math.fma(partial, b, before * a));
        }
    }

    private static void scale(MemorySegment row, long offsetBytes, int count, float factor) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            long at = offsetBytes + (long) i * Float.BYTES;
            load(row, at).mul(factor).intoMemorySegment(row, at, Lanes.ORDER);
        }
        for (; i < count; i++) {
            long at = offsetBytes + (long) i * Float.BYTES;
            row.set(JAVA_FLOAT, at, row.get(JAVA_FLOAT, at) * factor);
        }
    }

    private static FloatVector load(MemorySegment from, long offsetBytes) {
        return FloatVector.fromMemorySegment(Lanes.SPECIES, from, offsetBytes, Lanes.ORDER);
    }
}
