package dev.tokamak.kernels.activation;

import dev.tokamak.kernels.arithmetic.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The element-wise operations in lanes of the Vector API. Thread-safe.
final class VectorActivation implements Activation {

    private final ScalarActivation tail = new ScalarActivation();

    @Override
    public void siluGate(
            MemorySegment gate,
            long gateOffsetBytes,
            MemorySegment up,
            long upOffsetBytes,
            MemorySegment output,
            long outputOffsetBytes,
            int count) {
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = (long) i * Float.BYTES;
            FloatVector x = load(gate, gateOffsetBytes + at);
            FloatVector silu = x.div(Lanes.exp(x.neg()).add(1f));
            silu.mul(load(up, upOffsetBytes + at))
                    .intoMemorySegment(output, outputOffsetBytes + at, Lanes.ORDER);
        }
        long at = (long) bound * Float.BYTES;
        tail.siluGate(
                gate,
                gateOffsetBytes + at,
                up,
                upOffsetBytes + at,
                output,
                outputOffsetBytes + at,
                count - bound);
    }

    @Override
    public void add(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            int count) {
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = (long) i * Float.BYTES;
            load(target, targetOffsetBytes + at)
                    .add(load(addend, addendOffsetBytes + at))
                    .intoMemorySegment(target, targetOffsetBytes + at, Lanes.ORDER);
        }
        long at = (long) bound * Float.BYTES;
        tail.add(target, targetOffsetBytes + at, addend, addendOffsetBytes + at, count - bound);
    }

    private static FloatVector load(MemorySegment from, long offsetBytes) {
        return FloatVector.fromMemorySegment(Lanes.SPECIES, from, offsetBytes, Lanes.ORDER);
    }
}
