package dev.tokamak.kernels.activation;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.Exponential;
import java.lang.foreign.MemorySegment;

/// The element-wise operations in plain Java: the specification. Thread-safe.
final class ScalarActivation implements Activation {

    @Override
    public void siluGate(
            MemorySegment gate,
            long gateOffsetBytes,
            MemorySegment up,
            long upOffsetBytes,
            MemorySegment output,
            long outputOffsetBytes,
            int count) {
        for (int i = 0; i < count; i++) {
            long at = (long) i * Float.BYTES;
            float x = gate.get(JAVA_FLOAT, gateOffsetBytes + at);
            float silu = x / (1f + Exponential.exp(-x));
            output.set(
                    JAVA_FLOAT,
                    outputOffsetBytes + at,
                    silu * up.get(JAVA_FLOAT, upOffsetBytes + at));
        }
    }

    @Override
    public void add(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            int count) {
        for (int i = 0; i < count; i++) {
            long at = (long) i * Float.BYTES;
            float sum =
                    target.get(JAVA_FLOAT, targetOffsetBytes + at)
                            + addend.get(JAVA_FLOAT, addendOffsetBytes + at);
            target.set(JAVA_FLOAT, targetOffsetBytes + at, sum);
        }
    }
}
