package dev.tokamak.kernels.activation;

import java.lang.foreign.MemorySegment;

/// Element-wise operations on token rows. Thread-safe. Ranges may be any part of a row.
public interface Activation {

    /// SwiGLU: `output[i] = silu(gate[i]) * up[i]`, where `silu(x) = x / (1 + exp(-x))`. Output may be one of the inputs.
    void siluGate(
            MemorySegment gate,
            long gateOffsetBytes,
            MemorySegment up,
            long upOffsetBytes,
            MemorySegment output,
            long outputOffsetBytes,
            int count);

    /// `target[i] = target[i] + addend[i]`: residual connections and biases.
    void add(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            int count);

    /// The reference implementation, which is the specification.
    static Activation scalar() {
        return new ScalarActivation();
    }

    /// The Vector API twin; needs the module `jdk.incubator.vector`.
    static Activation vector() {
        return new VectorActivation();
    }
}
