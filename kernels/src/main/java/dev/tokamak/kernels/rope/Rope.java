package dev.tokamak.kernels.rope;

import dev.tokamak.kernels.code.CodeMemory;
import java.lang.foreign.MemorySegment;

/// Rotary position embedding in place: `x0' = fma(x0, c, -(x1 * s))`, `x1' = fma(x1, c, x0 * s)`. Thread-safe.
/// Su et al., "RoFormer", 2021.
public interface Rope {

    /// Rotates `heads` consecutive heads of `headDim` floats of one token. Of each head only the elements that the table
    /// rotates are touched, the first at `offsetBytes`, so that an offset into the first head rotates a later part of all.
    ///
    /// @param row of the table: [RopeTable#row], the position itself in tables that know no long sequences
    void rotate(
            RopeTable table, int row, MemorySegment x, long offsetBytes, int heads, int headDim);

    /// The reference implementation, which is the specification.
    static Rope scalar() {
        return new ScalarRope();
    }

    /// The Vector API twin; needs the module `jdk.incubator.vector`.
    static Rope vector() {
        return new VectorRope();
    }

    /// Machine code for vectors of 256 bits (AVX2, FMA) or 512 (AVX-512 F, BW, DQ, VL); rows must be in native memory.
    static Rope emitted(CodeMemory code, int vectorBits) {
        return new EmittedRope(code, vectorBits);
    }
}
