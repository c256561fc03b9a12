package dev.tokamak.models;

import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.huggingface.HuggingFaceDirectory;
import java.nio.file.Files;
import java.nio.file.Path;

/// Opens models of every format that can be read. Stateless.
public final class ModelFiles {

    private ModelFiles() {}

    /// Opens a GGUF file, the first part of a split one with all others, or a Hugging Face directory.
    ///
    /// @throws ModelException NOT_FOUND, NOT_A_FILE, CORRUPT_FILE or UNSUPPORTED
    public static ModelFile open(Path path) {
        return Files.isDirectory(path) ? HuggingFaceDirectory.open(path) : GgufFile.openWhole(path);
    }

    /// As [#open], with everything in the metadata that a file made of the model needs.
    ///
    /// @throws ModelException as the other, and UNSUPPORTED when GGUF cannot say what a directory's tokenizer does
    public static ModelFile openWithVocabulary(Path path) {
        return Files.isDirectory(path)
                ? HuggingFaceDirectory.open(path).withVocabulary()
                : GgufFile.openWhole(path);
    }
}
