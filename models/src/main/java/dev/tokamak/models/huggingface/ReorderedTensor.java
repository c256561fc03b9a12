package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongUnaryOperator;

/// Rows of another tensor, some or all of them, in another order. Thread-safe.
///
/// @param rowElements what moves as one: a row of a matrix, an element of a vector
/// @param sourceRow the row of the source that stands at a row of the result
record ReorderedTensor(
        SourceTensor source, long rowElements, List<Long> shape, LongUnaryOperator sourceRow)
        implements SourceTensor {

    ReorderedTensor {
        shape = List.copyOf(shape);
    }

    /// The same shape with its rows, or elements of a vector, in another order.
    static ReorderedTensor of(SourceTensor source, LongUnaryOperator sourceRow) {
        long rowElements = source.shape().size() == 1 ? 1 : source.columns();
        return new ReorderedTensor(source, rowElements, source.shape(), sourceRow);
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public GgmlType type() {
        return source.type();
    }

    @Override
    public MemorySegment map(Arena owner) {
        MemorySegment target = owner.allocate(sizeBytes(), Long.BYTES);
        long rowBytes = bytes(rowElements);
        long rows = rowElements == 0 ? 0 : elements() / rowElements;
        try (Arena reading = Arena.ofConfined()) {
            MemorySegment from = source.map(reading);
            for (long row = 0; row < rows; row++) {
                MemorySegment.copy(
                        from,
                        sourceRow.applyAsLong(row) * rowBytes,
                        target,
                        row * rowBytes,
                        rowBytes);
            }
        }
        return target;
    }
}
