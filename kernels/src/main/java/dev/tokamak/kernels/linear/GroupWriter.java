package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;

/// Writes groups of packed weights from the bytes of a file. Confined to one thread.
interface GroupWriter {

    /// Writes the group's rows; rows that the weights lack become zero.
    ///
    /// @param source the tensor's bytes as in the file, row by row
    void write(MemorySegment source, int group);
}
