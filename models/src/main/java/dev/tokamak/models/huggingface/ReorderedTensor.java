package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
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
    public ElementReader open(Arena owner) {
        ElementReader from = source.open(owner);
        long rowBytes = bytes(rowElements);
        return (first, count, target, offsetBytes) -> {
            long firstRow = first / rowElements;
            for (long row = 0; row < count / rowElements; row++) {
                from.read(
                        sourceRow.applyAsLong(firstRow + row) * rowElements,
                        rowElements,
                        target,
                        offsetBytes + row * rowBytes);
            }
        };
    }
}
