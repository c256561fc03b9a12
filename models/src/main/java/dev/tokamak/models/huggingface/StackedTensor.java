package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
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
    public MemorySegment map(Arena owner) {
        MemorySegment target = owner.allocate(sizeBytes(), Long.BYTES);
        long offset = 0;
        for (SourceTensor part : parts) {
            try (Arena reading = Arena.ofConfined()) {
                MemorySegment from = part.map(reading);
                MemorySegment.copy(from, 0, target, offset, from.byteSize());
                offset += from.byteSize();
            }
        }
        return target;
    }
}
