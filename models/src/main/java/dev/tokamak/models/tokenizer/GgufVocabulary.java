package dev.tokamak.models.tokenizer;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.Metadata;
import dev.tokamak.models.gguf.ModelFile;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The vocabulary in the metadata of a GGUF file. Thread-safe; usable until the file is closed.
final class GgufVocabulary implements VocabularySource {

    private final ModelFile file;
    private final Metadata metadata;

    GgufVocabulary(ModelFile file) {
        this.file = file;
        this.metadata = file.metadata();
    }

    @Override
    public boolean contains(String key) {
        return metadata.contains(key);
    }

    @Override
    public Optional<String> string(String key) {
        return metadata.string(key);
    }

    @Override
    public OptionalLong integer(String key) {
        return metadata.integer(key);
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return metadata.bool(key);
    }

    @Override
    public List<String> strings(String key) {
        return metadata.strings(key);
    }

    @Override
    public int[] integers(String key) {
        return metadata.integers(key);
    }

    @Override
    public float[] floats(String key) {
        return metadata.floats(key);
    }

    @Override
    public byte[] bytes(String key) {
        return metadata.bytes(key);
    }

    @Override
    public ModelException corrupt(String what) {
        return file.corrupt(what);
    }

    @Override
    public ModelException unsupported(String what) {
        return file.unsupported(what);
    }
}
