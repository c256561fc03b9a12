package dev.tokamak.models.convert;

import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.Metadata;
import dev.tokamak.models.gguf.MetadataMap;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A model with names, shapes and metadata but no weights. Confined to one thread.
final class FakeModelFile implements ModelFile {

    private static final Path PATH = Path.of("fake.gguf");

    private final MetadataMap metadata = new MetadataMap(PATH);
    private final List<GgufTensor> tensors = new ArrayList<>();

    FakeModelFile put(String key, long value) {
        metadata.put(key, value);
        return this;
    }

    FakeModelFile put(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    FakeModelFile tensor(String name, GgmlType type, long... dimensions) {
        List<Long> sizes = new ArrayList<>();
        for (long dimension : dimensions) {
            sizes.add(dimension);
        }
        long elements = sizes.stream().reduce(1L, Math::multiplyExact);
        long bytes = elements / type.blockElements() * type.blockBytes();
        tensors.add(new GgufTensor(name, type, sizes, 0, bytes));
        return this;
    }

    /// Removes the tensors whose names hold this.
    FakeModelFile without(String part) {
        tensors.removeIf(tensor -> tensor.name().contains(part));
        return this;
    }

    @Override
    public Path path() {
        return PATH;
    }

    @Override
    public long sizeBytes() {
        return tensors.stream().mapToLong(GgufTensor::sizeBytes).sum();
    }

    @Override
    public String format() {
        return "fake";
    }

    @Override
    public List<Path> files() {
        return List.of(PATH);
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public List<GgufTensor> tensors() {
        return tensors;
    }

    @Override
    public MemorySegment map(GgufTensor tensor, Arena owner) {
        throw new IllegalStateException("there are no weights");
    }

    @Override
    public void close() {}
}
