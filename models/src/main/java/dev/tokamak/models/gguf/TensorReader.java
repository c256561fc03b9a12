package dev.tokamak.models.gguf;

import java.lang.foreign.MemorySegment;

/// Reads rows of one tensor, so that a tensor that must be computed need not be in memory as a whole. Confined to one thread.
@FunctionalInterface
public interface TensorReader {

    /// The bytes of rows that follow one another, which stay as they are until the next call.
    MemorySegment rows(long first, long count);
}
