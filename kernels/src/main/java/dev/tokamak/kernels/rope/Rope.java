package dev.tokamak.kernels.rope;

import java.lang.foreign.MemorySegment;

/// Rotary position embedding in place: `x0' = fma(x0, c, -(x1 * s))`, `x1' = fma(x1, c, x0 * s)`. Thread-safe.
/// Su et al., "RoFormer", 2021.
public interface Rope {

    /// Rotates `heads` consecutive heads of `headDim` floats of one token.
    void rotate(
            RopeTable table,
            int position,
            MemorySegment x,
            long offsetBytes,
            int heads,
            int headDim);

    /// The reference implementation, which is the specification.
    static Rope scalar() {
        return new ScalarRope();
    }

    /// The Vector API twin; needs the module `jdk.incubator.vector`.
    static Rope vector() {
        return new VectorRope();
    }
}
