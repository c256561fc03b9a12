package dev.tokamak.kernels.activation;

import dev.tokamak.kernels.code.CodeMemory;
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

    /// Machine code for vectors of 256 bits (AVX2, FMA) or 512 (AVX-512 F, BW, DQ, VL); rows must be in native memory.
    static Activation emitted(CodeMemory code, int vectorBits) {
        return new EmittedActivation(code, vectorBits);
    }
}
