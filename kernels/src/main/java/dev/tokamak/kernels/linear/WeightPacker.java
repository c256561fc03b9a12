package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.team.WorkerTeam;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Objects;

/// Repacks weight tensors from their file layout into [PackedWeights] and reads single rows back. Thread-safe, but one
/// call at a time when the team has several workers.
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
        requireShape(type, rows, columns);
        long groups = (rows + PackedWeights.GROUP_ROWS - 1L) / PackedWeights.GROUP_ROWS;
        return Math.multiplyExact(groups, PanelLayout.groupBytes(packedType(type), columns));
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
        long sizeBytes = packedBytes(type, rows, columns);
        long sourceBytes = type.bytes((long) rows * columns);
        if (source.byteSize() != sourceBytes) {
            throw new IllegalArgumentException(
                    "a %s tensor of %d x %d takes %d bytes, not %d"
                            .formatted(type, rows, columns, sourceBytes, source.byteSize()));
        }
        MemorySegment memory = allocator.allocate(sizeBytes, 64);
        PackedWeights weights = new PackedWeights(packedType(type), rows, columns, memory);
        GroupWriter[] writers = new GroupWriter[team.workers()];
        for (int worker = 0; worker < writers.length; worker++) {
            writers[worker] = new GroupWriter(type, weights);
        }
        int rowBytes = Math.toIntExact(type.bytes(columns));
        team.run(
                (group, worker) -> packGroup(writers[worker], group, source, rowBytes),
                weights.groups());
        return weights;
    }

    private static void packGroup(
            GroupWriter writer, int group, MemorySegment source, int rowBytes) {
        writer.start(group);
        for (int lane = 0; lane < writer.weights().groupRows(group); lane++) {
            long row = (long) group * PackedWeights.GROUP_ROWS + lane;
            MemorySegment.copy(source, JAVA_BYTE, row * rowBytes, writer.row(), 0, rowBytes);
            writer.write(lane);
        }
    }

    /// Writes the dequantised row to `columns` floats of `output`: the embedding of a token when the weights are an
    /// embedding table. Equal to dequantising the file's bytes.
    public static void readRow(
            PackedWeights weights, int row, MemorySegment output, long outputOffsetBytes) {
        Objects.checkIndex(row, weights.rows());
        for (int column = 0; column < weights.columns(); column++) {
            float weight = PanelReader.weight(weights, row, column);
            output.set(JAVA_FLOAT, outputOffsetBytes + (long) column * Float.BYTES, weight);
        }
    }

    private TensorType packedType(TensorType type) {
        return switch (numerics) {
            case EXACT -> type;
            case FLOAT32 -> TensorType.F32;
        };
    }

    private static void requireShape(TensorType type, int rows, int columns) {
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException(
                    "weights of "
                            + rows
                            + " rows and "
                            + columns
                            + " columns; both must be 1 or more");
        }
        if (columns % type.blockElements() != 0) {
            throw new IllegalArgumentException(
                    "rows of %d weights are no multiple of the %d weights of a %s block"
                            .formatted(columns, type.blockElements(), type));
        }
    }
}
