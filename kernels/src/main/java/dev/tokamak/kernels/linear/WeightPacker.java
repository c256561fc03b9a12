package dev.tokamak.kernels.linear;

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
        return Math.multiplyExact(groups, PanelLayout.of(packedType(type)).groupBytes(columns));
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
            writers[worker] =
                    weights.type() == type
                            ? GroupWriter.of(weights)
                            : new DequantizedWriter(type, weights);
        }
        team.run((group, worker) -> writers[worker].write(source, group), weights.groups());
        return weights;
    }

    /// Writes the dequantised row to `columns` floats of `output`: the embedding of a token when the weights are an
    /// embedding table. Equal to dequantising the file's bytes.
    public static void readRow(
            PackedWeights weights, int row, MemorySegment output, long outputOffsetBytes) {
        Objects.checkIndex(row, weights.rows());
        if (weights.readsQuantized()) {
            for (int block = 0; block < weights.blocks(); block++) {
                long at = outputOffsetBytes + (long) block * Activations.BLOCK * Float.BYTES;
                readBlock(weights, row, block, output, at);
            }
            return;
        }
        for (int column = 0; column < weights.columns(); column++) {
            float weight = PanelReader.floatWeight(weights, row, column);
            output.set(JAVA_FLOAT, outputOffsetBytes + (long) column * Float.BYTES, weight);
        }
    }

    private static void readBlock(
            PackedWeights weights, int row, int block, MemorySegment output, long offset) {
        boolean hasMinimum = weights.type().hasMinimum();
        long words = PanelReader.wordOffsetBytes(weights, row, block);
        for (int half = 0; half < 2; half++) {
            float scale =
                    PanelReader.scale(weights, row, block, half)
                            * PanelReader.subScale(weights, row, block, half);
            float minimum =
                    hasMinimum
                            ? PanelReader.minimum(weights, row, block)
                                    * PanelReader.subMinimum(weights, row, block, half)
                            : 0f;
            for (int four = 4 * half; four < 4 * half + 4; four++) {
                int bits = PanelReader.fourQuants(weights, words, four);
                for (int i = 0; i < 4; i++) {
                    float weight = scale * PanelReader.integer(weights, bits, i);
                    long at = offset + (4L * four + i) * Float.BYTES;
                    output.set(JAVA_FLOAT, at, hasMinimum ? weight + minimum : weight);
                }
            }
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
