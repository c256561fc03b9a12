package dev.tokamak.models.huggingface;

import java.lang.foreign.MemorySegment;

/// Reads elements of one tensor in GGUF's layout, a few at a time, so that nobody needs room for all of them. Confined to one
/// thread.
@FunctionalInterface
interface ElementReader {

    /// Writes elements that follow one another. Those of a type with blocks are whole rows.
    ///
    /// @param first of the elements
    void read(long first, long count, MemorySegment target, long offsetBytes);

    /// Reads from memory that holds all of them.
    static ElementReader of(MemorySegment all, SourceTensor tensor) {
        return (first, count, target, offsetBytes) ->
                MemorySegment.copy(
                        all, tensor.bytes(first), target, offsetBytes, tensor.bytes(count));
    }
}
