package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A tensor with its two fastest running dimensions exchanged. Thread-safe.
record TransposedTensor(SourceTensor source) implements SourceTensor {

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public GgmlType type() {
        return source.type();
    }

    @Override
    public List<Long> shape() {
        List<Long> shape = new ArrayList<>(source.shape());
        long columns = shape.removeLast();
        shape.add(shape.size() - 1, columns);
        return List.copyOf(shape);
    }

    @Override
    public MemorySegment map(Arena owner) {
        MemorySegment target = owner.allocate(sizeBytes(), Long.BYTES);
        int elementBytes = type().blockBytes();
        long columns = source.columns();
        long rows = source.shape().get(source.shape().size() - 2);
        long matrices = columns == 0 || rows == 0 ? 0 : elements() / columns / rows;
        try (Arena reading = Arena.ofConfined()) {
            MemorySegment from = source.map(reading);
            for (long matrix = 0; matrix < matrices; matrix++) {
                long first = matrix * rows * columns;
                for (long row = 0; row < rows; row++) {
                    for (long column = 0; column < columns; column++) {
                        MemorySegment.copy(
                                from,
                                (first + row * columns + column) * elementBytes,
                                target,
                                (first + column * rows + row) * elementBytes,
                                elementBytes);
                    }
                }
            }
        }
        return target;
    }
}
