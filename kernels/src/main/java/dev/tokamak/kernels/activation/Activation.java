package dev.tokamak.kernels.activation;

import dev.tokamak.kernels.code.CodeMemory;
import java.lang.foreign.MemorySegment;

/// Element-wise operations on token rows, fp32. Thread-safe. Ranges may be any part of a row.
public interface Activation {

    /// `output[i] = function(gate[i], up[i])`. Output may be one of the inputs.
    void gate(
            GateFunction function,
            MemorySegment gate,
            long gateOffsetBytes,
            MemorySegment up,
            long upOffsetBytes,
            MemorySegment output,
            long outputOffsetBytes,
            int count);

    /// `x[i] = function(x[i])`.
    void apply(ElementFunction function, MemorySegment x, long offsetBytes, int count);

    /// `target[i] = target[i] + addend[i]`: residual connections and biases.
    void add(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            int count);

    /// `target[i] = fma(addend[i], factor, target[i])`: scaled residual connections, weighted experts and adapters.
    void addScaled(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            float factor,
            int count);

    /// `x[i] = x[i] * factor`.
    void scale(MemorySegment x, long offsetBytes, float factor, int count);

    /// `x[i] = cap * tanh(x[i] / cap)`: keeps numbers within ±cap.
    void softcap(MemorySegment x, long offsetBytes, float cap, int count);

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
