package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A tensor as it lies in a file. Thread-safe.
record StoredTensor(SafetensorsFile file, SafetensorsHeader.Entry entry) implements SourceTensor {

    @Override
    public String name() {
        return entry.name();
    }

    ElementType element() {
        return entry.type();
    }

    @Override
    public GgmlType type() {
        return entry.type().storage();
    }

    @Override
    public List<Long> shape() {
        return entry.shape();
    }

    @Override
    public ElementReader open(Arena owner) {
        return ElementReader.of(map(owner), this);
    }

    @Override
    public MemorySegment map(Arena owner) {
        return file.map(entry, owner);
    }
}
