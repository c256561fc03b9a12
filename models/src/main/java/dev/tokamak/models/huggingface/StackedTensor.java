package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Tensors of the same shape and type one after the other, with a dimension more. Thread-safe.
record StackedTensor(List<SourceTensor> parts) implements SourceTensor {

    StackedTensor {
        parts = List.copyOf(parts);
        SourceTensor first = parts.getFirst();
        for (SourceTensor part : parts) {
            if (!part.shape().equals(first.shape()) || part.type() != first.type()) {
                throw new IllegalArgumentException(
                        "tensor '%s' has shape %s and type %s, but '%s' has %s and %s"
                                .formatted(
                                        part.name(),
                                        part.shape(),
                                        part.type(),
                                        first.name(),
                                        first.shape(),
                                        first.type()));
            }
        }
    }

    /// A stack of tensors of which some may be quantised otherwise than others: then all become the widest type, or floats.
    static StackedTensor of(List<SourceTensor> parts) {
        List<IntegerTensor> integers =
                parts.stream()
                        .filter(IntegerTensor.class::isInstance)
                        .map(IntegerTensor.class::cast)
                        .toList();
        if (integers.size() == parts.size()) {
            GgmlType widest =
                    integers.stream()
                            .map(IntegerTensor::type)
                            .max(Comparator.comparingInt(IntegerTensor::width))
                            .orElseThrow();
            return new StackedTensor(
                    integers.stream().<SourceTensor>map(part -> part.as(widest)).toList());
        }
        boolean quantised =
                parts.stream()
                        .anyMatch(
                                part ->
                                        part instanceof IntegerTensor
                                                || part instanceof Float8Tensor);
        boolean alike = parts.stream().map(SourceTensor::type).distinct().count() == 1;
        return new StackedTensor(
                alike || !quantised ? parts : parts.stream().map(DequantizedTensor::of).toList());
    }

    @Override
    public String name() {
        return parts.getFirst().name();
    }

    @Override
    public GgmlType type() {
        return parts.getFirst().type();
    }

    @Override
    public List<Long> shape() {
        List<Long> shape = new ArrayList<>(parts.getFirst().shape());
        shape.addFirst((long) parts.size());
        return List.copyOf(shape);
    }

    @Override
    public ElementReader open(Arena owner) {
        return new Reader(this, owner);
    }

    /// Holds the reader of one part at a time, since there may be hundreds. Confined to one thread.
    private static final class Reader implements ElementReader {

        private final StackedTensor stack;
        private final Arena owner;
        private final long each;
        private int held;
        private ElementReader part;

        Reader(StackedTensor stack, Arena owner) {
            this.stack = stack;
            this.owner = owner;
            this.each = stack.parts.getFirst().elements();
            this.part = stack.parts.getFirst().open(owner);
        }

        @Override
        public void read(long first, long count, MemorySegment target, long offsetBytes) {
            long done = 0;
            while (done < count) {
                int wanted = (int) ((first + done) / each);
                if (wanted != held) {
                    part = stack.parts.get(wanted).open(owner);
                    held = wanted;
                }
                long within = (first + done) % each;
                long some = Math.min(count - done, each - within);
                part.read(within, some, target, offsetBytes + stack.bytes(done));
                done += some;
            }
        }
    }
}
