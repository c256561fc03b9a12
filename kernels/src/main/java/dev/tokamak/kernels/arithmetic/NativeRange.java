package dev.tokamak.kernels.arithmetic;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Checks ranges of memory that machine code is given. Immutable.
public final class NativeRange {

    private NativeRange() {}

    /// The machine address of `count` floats or ints.
    ///
    /// @throws IndexOutOfBoundsException when they are not all in the memory
    /// @throws IllegalArgumentException when the memory is on the heap
    public static long address(MemorySegment memory, long offsetBytes, long count) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("machine code reads native memory, not the heap");
        }
        Objects.checkFromIndexSize(offsetBytes, count * Float.BYTES, memory.byteSize());
        return memory.address() + offsetBytes;
    }
}
