package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A tensor with its two fastest running dimensions exchanged. Thread-safe.
record TransposedTensor(SourceTensor source) implements SourceTensor {

    /// The same of a tensor of any type; blocks become floats, since they would no longer lie along rows.
    static TransposedTensor of(SourceTensor source) {
        boolean blocks = source.type().blockElements() > 1;
        return new TransposedTensor(blocks ? DequantizedTensor.of(source) : source);
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
    public List<Long> shape() {
        List<Long> shape = new ArrayList<>(source.shape());
        long columns = shape.removeLast();
        shape.add(shape.size() - 1, columns);
        return List.copyOf(shape);
    }

    @Override
    public ElementReader open(Arena owner) {
        return new Reader(source, owner);
    }

    /// Holds one matrix of the source at a time. Confined to one thread.
    private static final class Reader implements ElementReader {

        private final ElementReader from;
        private final int elementBytes;
        private final long rows;
        private final long columns;
        private final MemorySegment matrix;
        private long held = -1;

        Reader(SourceTensor source, Arena owner) {
            this.from = source.open(owner);
            this.elementBytes = source.type().blockBytes();
            this.columns = source.columns();
            this.rows = source.shape().get(source.shape().size() - 2);
            this.matrix = owner.allocate(source.bytes(rows * columns), Long.BYTES);
        }

        @Override
        public void read(long first, long count, MemorySegment target, long offsetBytes) {
            long each = rows * columns;
            for (long i = 0; i < count; i++) {
                long wanted = (first + i) / each;
                if (wanted != held) {
                    from.read(wanted * each, each, matrix, 0);
                    held = wanted;
                }
                long within = (first + i) % each;
                long at = within % rows * columns + within / rows;
                MemorySegment.copy(
                        matrix,
                        at * elementBytes,
                        target,
                        offsetBytes + i * elementBytes,
                        elementBytes);
            }
        }
    }
}
