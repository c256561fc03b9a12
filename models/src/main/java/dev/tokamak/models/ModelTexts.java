package dev.tokamak.models;

import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.tokenizer.Tokenizer;
import dev.tokamak.models.tokenizer.Tokenizers;
import dev.tokamak.models.tokenizer.huggingface.HuggingFaceTokenizer;
import dev.tokamak.models.tokenizer.huggingface.HuggingFaceTokenizers;
import java.nio.file.Files;
import java.util.Optional;

/// What a model on disk has for texts, whatever its format. Immutable.
///
/// @param chatTemplate in Jinja; empty when the model completes text only
public record ModelTexts(Tokenizer tokenizer, Optional<String> chatTemplate) {

    private static final String EMBEDDING = "token_embd.weight";
    private static final long MOST_TOKENS = 1 << 22;

    /// Reads the tokenizer of a model.
    ///
    /// @throws ModelException NOT_FOUND, CORRUPT_FILE or UNSUPPORTED
    public static ModelTexts of(ModelFile file) {
        if (!Files.isDirectory(file.path())) {
            return new ModelTexts(
                    Tokenizers.load(file), file.metadata().string("tokenizer.chat_template"));
        }
        int rows = (int) Math.min(MOST_TOKENS, embeddingRows(file));
        HuggingFaceTokenizer found = HuggingFaceTokenizers.load(file.path(), rows);
        int tokens = found.tokenizer().vocabularySize();
        if (rows > 0 && tokens > rows) {
            throw file.corrupt(
                    "its tokenizer has %d tokens, but its embedding has %d rows"
                            .formatted(tokens, rows));
        }
        return new ModelTexts(found.tokenizer(), found.chatTemplate());
    }

    private static long embeddingRows(ModelFile file) {
        return file.tensor(EMBEDDING)
                .map(GgufTensor::dimensions)
                .map(all -> all.getLast())
                .orElse(0L);
    }
}
