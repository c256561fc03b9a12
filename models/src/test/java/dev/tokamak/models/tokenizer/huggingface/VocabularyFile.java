package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.MetadataMap;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.tokenizer.Tokenizer;
import dev.tokamak.models.tokenizer.Tokenizers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// The vocabulary of a Hugging Face directory in GGUF's terms, as a model without tensors.
record VocabularyFile(Path path, MetadataMap metadata) implements ModelFile {

    static VocabularyFile of(Path directory) {
        MetadataMap metadata = new MetadataMap(directory);
        HuggingFaceVocabulary.addTo(metadata, directory);
        return new VocabularyFile(directory, metadata);
    }

    Tokenizer tokenizer() {
        return Tokenizers.load(this);
    }

    String text(String key) {
        return metadata.requireString("tokenizer.ggml." + key);
    }

    long number(String key) {
        return metadata.requireInteger("tokenizer.ggml." + key);
    }

    boolean flag(String key) {
        return metadata.bool("tokenizer.ggml." + key).orElseThrow();
    }

    @Override
    public long sizeBytes() {
        return 0;
    }

    @Override
    public String format() {
        return "test";
    }

    @Override
    public List<Path> files() {
        return List.of();
    }

    @Override
    public List<GgufTensor> tensors() {
        return List.of();
    }

    @Override
    public MemorySegment map(GgufTensor tensor, Arena owner) {
        throw new AssertionError(tensor);
    }

    @Override
    public void close() {}
}
