package dev.tokamak.kernels.quantize;

/// Writes one block of one tensor type. Implementations keep scratch memory, so they are confined to one thread.
interface BlockWriter {

    /// Writes the block at which the source stands. The bytes there may hold anything before.
    void write(SourceBlock source, byte[] output, int offset);
}
