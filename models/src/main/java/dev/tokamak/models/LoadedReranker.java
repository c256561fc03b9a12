package dev.tokamak.models;

import dev.tokamak.models.architecture.Architectures;
import dev.tokamak.models.architecture.EncoderDescription;
import dev.tokamak.models.architecture.EncoderModel;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.tokenizer.TokenPair;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/// A network in memory that scores how well documents answer a query, and the form in which it reads both. Thread-safe;
/// closing it frees its weights, so nothing may run it any more.
public final class LoadedReranker implements AutoCloseable {

    private static final String TEMPLATE = "tokenizer.chat_template.rerank";

    /// Decoders that are asked for a word where they have no head for scores.
    private static final Set<String> ANSWERING = Set.of("qwen3", "qwen3moe");

    private final LoadedEncoder loaded;
    private final Optional<PairPrompt> prompt;
    private final boolean answersInWords;

    private LoadedReranker(
            LoadedEncoder loaded, Optional<PairPrompt> prompt, boolean answersInWords) {
        this.loaded = loaded;
        this.prompt = prompt;
        this.answersInWords = answersInWords;
    }

    /// Opens a model file and packs its weights.
    ///
    /// @throws ModelException when the file is missing, corrupt or no reranker that is supported, or memory does not suffice
    public static LoadedReranker load(Path path, LoadOptions options) {
        try (ModelFile file = ModelLoading.open(path, options)) {
            boolean isDecoder =
                    ANSWERING.contains(file.metadata().string("general.architecture").orElse(""));
            boolean answersInWords = isDecoder && !Architectures.isReranker(file);
            Tokenizer tokenizer = ModelTexts.of(file).tokenizer();
            EncoderDescription description =
                    answersInWords
                            ? Architectures.describeReranker(
                                    file, word(file, tokenizer, "yes"), word(file, tokenizer, "no"))
                            : Architectures.describeReranker(file);
            Optional<PairPrompt> prompt =
                    file.metadata()
                            .string(TEMPLATE)
                            .or(() -> isDecoder ? Optional.of(PairPrompt.QWEN) : Optional.empty())
                            .map(template -> PairPrompt.of(template, tokenizer, file));
            return new LoadedReranker(
                    LoadedEncoder.load(file, description, tokenizer, options),
                    prompt,
                    answersInWords);
        }
    }

    private static int word(ModelFile file, Tokenizer tokenizer, String word) {
        return tokenizer
                .id(word)
                .orElseThrow(
                        () ->
                                file.unsupported(
                                        "has neither a head for scores (tensor 'cls.output.weight') nor the token '%s' to answer with"
                                                .formatted(word)));
    }

    public EncoderModel encoder() {
        return loaded.encoder();
    }

    /// Whether it is a language model that is asked for yes or no, instead of a network trained to give scores.
    public boolean answersInWords() {
        return answersInWords;
    }

    /// The tokens that ask how well the document answers the query.
    public TokenPair pair(String query, String document) {
        return prompt.map(form -> form.pair(query, document))
                .orElseGet(() -> loaded.tokenizer().encodePair(query, document));
    }

    @Override
    public void close() {
        loaded.close();
    }
}
