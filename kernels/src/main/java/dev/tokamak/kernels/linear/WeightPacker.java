package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.team.WorkerTeam;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// Repacks weight tensors from their file layout into [PackedWeights] and reads single rows back. Thread-safe.
public final class WeightPacker {

    private final Numerics numerics;
    private final WorkerTeam team;

    /// A packer for these numerics that spreads work over the team.
    public WeightPacker(Numerics numerics, WorkerTeam team) {
        this.numerics = numerics;
        this.team = team;
    }

    /// Bytes that [#pack] will allocate.
    public long packedBytes(TensorType type, int rows, int columns) {
        throw new AssertionError("replaced by the implementation " + numerics + team);
    }

    /// Packs a row-major tensor `[rows][columns]`. Columns must be a multiple of the type's block.
    ///
    /// @param source the tensor's bytes as in the file, `type.bytes(rows * columns)` long
    /// @param allocator gives the memory, 64-byte aligned
    public PackedWeights pack(
            TensorType type,
            int rows,
            int columns,
            MemorySegment source,
            SegmentAllocator allocator) {
        throw new AssertionError("replaced by the implementation");
    }

    /// Writes the dequantised row to `columns` floats of `output`: the embedding of a token when the weights are an
    /// embedding table. Equal to dequantising the file's bytes.
    public static void readRow(
            PackedWeights weights, int row, MemorySegment output, long outputOffsetBytes) {
        throw new AssertionError("replaced by the implementation");
    }
}
