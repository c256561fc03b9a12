package dev.tokamak.models.tokenizer;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgufFile;
import java.util.Locale;

/// Makes tokenizers of the vocabularies in model files. Stateless.
public final class Tokenizers {

    private static final String MODEL = "tokenizer.ggml.model";
    private static final String ADD_SPACE_PREFIX = "tokenizer.ggml.add_space_prefix";

    private Tokenizers() {}

    /// The tokenizer of a GGUF file; the file may be closed afterwards.
    ///
    /// @throws ModelException UNSUPPORTED or CORRUPT_FILE
    public static Tokenizer load(GgufFile file) {
        return of(new GgufVocabulary(file));
    }

    static Tokenizer of(VocabularySource source) {
        String model =
                source.string(MODEL)
                        .orElseThrow(() -> source.corrupt("metadata '" + MODEL + "' is missing"));
        return switch (model) {
            case "gpt2" -> bytePair(source);
            case "llama" -> sentencePiece(source);
            default ->
                    throw source.unsupported(
                            "tokenizer '%s' (metadata '%s') is not supported; supported: gpt2 (byte-level BPE), llama (SentencePiece BPE)"
                                    .formatted(TokenTable.shown(model), MODEL));
        };
    }

    private static Tokenizer bytePair(VocabularySource source) {
        PreTokenizer preTokenizer = PreTokenizer.read(source);
        TokenTable table = TokenTable.read(source);
        SpecialTokens special =
                SpecialTokens.read(
                        source,
                        table,
                        new SpecialTokens.Defaults(
                                TokenTable.NONE,
                                TokenTable.NONE,
                                TokenTable.NONE,
                                preTokenizer.wholeWordsFirst()));
        MergeTable merges = MergeTable.read(source, table);
        return new VocabularyTokenizer(
                table,
                special,
                scan(source, table),
                new BytePairEncoder(table, merges, preTokenizer, special.unknown()),
                new TokenSpelling.ByteLevel());
    }

    private static Tokenizer sentencePiece(VocabularySource source) {
        TokenTable table = TokenTable.read(source);
        SpecialTokens special =
                SpecialTokens.read(source, table, new SpecialTokens.Defaults(1, 2, 0, true));
        boolean addSpacePrefix = source.bool(ADD_SPACE_PREFIX).orElse(true);
        return new VocabularyTokenizer(
                table,
                special,
                scan(source, table),
                new SentencePieceEncoder(source, table, addSpacePrefix, special.unknown()),
                new TokenSpelling.SentencePiece(addSpacePrefix));
    }

    /// The special tokens of Phi-3 swallow white space behind them, which its files do not say.
    private static SpecialTokenScan scan(VocabularySource source, TokenTable table) {
        String name = source.string("general.name").orElse("").toLowerCase(Locale.ROOT);
        return SpecialTokenScan.of(table, name.contains("phi-3") || name.contains("phi3"));
    }
}
