package dev.tokamak.models.convert;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;

/// The rows of one tensor on their way to another type, a batch at a time on all workers. Confined to one thread.
final class TensorRows {

    private static final int PIECE_ELEMENTS = 1 << 14;
    private static final int PIECES_FOR_EACH_WORKER = 8;
    private static final int MOST_COLUMNS = 1 << 26;

    private final ModelFile file;
    private final GgufTensor tensor;
    private final float[] importance;
    private final WorkerTeam team;
    private final RowConverter[] converters;
    private final int columns;
    private final long count;
    private final int rowsPerPiece;
    private final byte[] output;

    TensorRows(
            ModelFile file,
            GgufTensor tensor,
            TargetType target,
            float[] importance,
            WorkerTeam team) {
        if (tensor.dimensions().getFirst() > MOST_COLUMNS) {
            throw file.unsupported(
                    "tensor '%s' has rows of %d, the limit is %d"
                            .formatted(
                                    tensor.name(), tensor.dimensions().getFirst(), MOST_COLUMNS));
        }
        this.file = file;
        this.tensor = tensor;
        this.importance = importance;
        this.team = team;
        this.columns = Math.toIntExact(tensor.dimensions().getFirst());
        this.count = tensor.elements() / columns;
        this.rowsPerPiece = Math.max(1, PIECE_ELEMENTS / columns);
        TensorType type = ConversionPlan.readable(file, tensor);
        this.converters =
                IntStream.range(0, team.workers())
                        .mapToObj(_ -> new RowConverter(type, target, columns))
                        .toArray(RowConverter[]::new);
        int rows = (int) Math.min(count, perBatch());
        this.output = new byte[Math.multiplyExact(rows, target.rowBytes(columns))];
    }

    /// Rows that share an expert's importance.
    static long perExpert(GgufTensor tensor) {
        return tensor.dimensions().size() > 1 ? tensor.dimensions().get(1) : 1;
    }

    long count() {
        return count;
    }

    int perBatch() {
        return rowsPerPiece * PIECES_FOR_EACH_WORKER * team.workers();
    }

    /// Converts the batch that begins with this row; what is returned is overwritten by the next.
    ///
    /// @param data the rows of this batch
    ByteBuffer convert(MemorySegment data, long first) {
        int rows = (int) Math.min(count - first, perBatch());
        team.run(
                (piece, worker) -> {
                    int from = piece * rowsPerPiece;
                    int to = Math.min(rows, from + rowsPerPiece);
                    for (int row = from; row < to; row++) {
                        convertRow(converters[worker], data, first, row);
                    }
                },
                Math.ceilDiv(rows, rowsPerPiece));
        return ByteBuffer.wrap(output, 0, rows * converters[0].targetRowBytes());
    }

    private void convertRow(RowConverter converter, MemorySegment data, long first, int row) {
        int expert = (int) ((first + row) / perExpert(tensor));
        int importanceOffset = importance.length == 0 ? 0 : expert * columns;
        try {
            converter.convert(
                    data,
                    row,
                    importance,
                    importanceOffset,
                    output,
                    row * converter.targetRowBytes());
        } catch (IllegalArgumentException e) {
            throw file.unsupported(
                    "row %d of tensor '%s' cannot be written: %s"
                            .formatted(first + row, tensor.name(), e.getMessage()));
        }
    }
}
