package dev.tokamak.models.tokenizer;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.tokenizer.segment.CharacterMap;
import dev.tokamak.models.tokenizer.segment.MergeTable;
import dev.tokamak.models.tokenizer.split.PreTokenizer;
import dev.tokamak.models.tokenizer.split.PreTokenizer.Trait;
import dev.tokamak.models.tokenizer.split.PreTokenizers;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/// Makes tokenizers of the vocabularies in model files. Stateless.
public final class Tokenizers {

    private static final String PREFIX = "tokenizer.ggml.";
    private static final String MODEL = PREFIX + "model";
    private static final String PRE_TOKENIZER = PREFIX + "pre";
    private static final String ADD_SPACE_PREFIX = PREFIX + "add_space_prefix";
    private static final String CHARACTER_MAP = PREFIX + "precompiled_charsmap";

    private Tokenizers() {}

    /// The tokenizer of a GGUF file; the file may be closed afterwards.
    ///
    /// @throws ModelException UNSUPPORTED or CORRUPT_FILE
    public static Tokenizer load(ModelFile file) {
        return of(new GgufVocabulary(file));
    }

    static Tokenizer of(VocabularySource source) {
        String model =
                source.string(MODEL)
                        .orElseThrow(() -> source.corrupt("metadata '" + MODEL + "' is missing"));
        return switch (model) {
            case "gpt2" -> bytePair(source, source.string(PRE_TOKENIZER).orElse("default"));
            case "gemma4" -> bytePair(source, "gemma4");
            case "llama" -> sentencePiece(source);
            case "bert" -> wordPiece(source);
            case "t5" -> unigram(source);
            default ->
                    throw source.unsupported(
                            "tokenizer '%s' (metadata '%s') is not supported; supported: gpt2 (byte-level BPE), gemma4 (BPE over characters), llama (SentencePiece BPE), t5 (SentencePiece unigram), bert (WordPiece)"
                                    .formatted(TokenTable.shown(model), MODEL));
        };
    }

    private static Tokenizer bytePair(VocabularySource source, String pre) {
        PreTokenizer preTokenizer =
                PreTokenizers.named(pre).orElseThrow(() -> unknownPreTokenizer(source, pre));
        TokenTable table = TokenTable.read(source);
        SpecialTokens named =
                SpecialTokens.read(
                        source,
                        table,
                        new SpecialTokens.Defaults(
                                TokenTable.NONE,
                                TokenTable.NONE,
                                TokenTable.NONE,
                                preTokenizer.has(Trait.BOS_BY_DEFAULT),
                                false));
        SpecialTokens special = preTokenizer.has(Trait.BOS_ALWAYS) ? named.withBos(source) : named;
        MergeTable merges = MergeReader.read(source, table);
        boolean plain = preTokenizer.has(Trait.PLAIN_CHARACTERS);
        return new VocabularyTokenizer(
                table,
                special,
                scan(source, table),
                plain
                        ? new CharacterPairEncoder(table, merges, preTokenizer, special.unknown())
                        : new BytePairEncoder(table, merges, preTokenizer, special.unknown()),
                plain ? new TokenSpelling.SentencePiece(false) : new TokenSpelling.ByteLevel());
    }

    private static ModelException unknownPreTokenizer(VocabularySource source, String name) {
        return source.unsupported(
                "pre-tokenizer '%s' (metadata '%s') is not supported; supported: %s"
                        .formatted(
                                TokenTable.shown(name),
                                PRE_TOKENIZER,
                                String.join(", ", new TreeSet<>(PreTokenizers.NAMES))));
    }

    private static Tokenizer sentencePiece(VocabularySource source) {
        TokenTable table = TokenTable.read(source);
        SpecialTokens special =
                SpecialTokens.read(source, table, new SpecialTokens.Defaults(1, 2, 0, true, false));
        boolean addSpacePrefix = source.bool(ADD_SPACE_PREFIX).orElse(true);
        return new VocabularyTokenizer(
                table,
                special,
                scan(source, table),
                new SentencePieceEncoder(source, table, addSpacePrefix, special.unknown()),
                new TokenSpelling.SentencePiece(addSpacePrefix));
    }

    private static Tokenizer wordPiece(VocabularySource source) {
        TokenTable table = TokenTable.read(source);
        SpecialTokens special = SpecialTokens.readBert(source, table);
        boolean lowercase = source.bool(PREFIX + "normalizer.lowercase").orElse(true);
        boolean stripAccents = source.bool(PREFIX + "normalizer.strip_accents").orElse(lowercase);
        return new VocabularyTokenizer(
                table,
                special,
                scan(source, table),
                new WordPieceEncoder(
                        table,
                        new WordPieceEncoder.Normalisation(lowercase, stripAccents),
                        special.unknown()),
                new TokenSpelling.WordPiece());
    }

    private static Tokenizer unigram(VocabularySource source) {
        TokenTable table = TokenTable.read(source);
        SpecialTokens special =
                SpecialTokens.read(
                        source,
                        table,
                        new SpecialTokens.Defaults(TokenTable.NONE, 1, 2, false, true));
        if (special.unknown() == TokenTable.NONE) {
            throw source.corrupt(
                    "metadata '" + PREFIX + "unknown_token_id' is missing, which a unigram needs");
        }
        boolean addSpacePrefix = source.bool(ADD_SPACE_PREFIX).orElse(false);
        boolean mergeSpaces = source.bool(PREFIX + "remove_extra_whitespaces").orElse(false);
        return new VocabularyTokenizer(
                table,
                special,
                scan(source, table),
                new UnigramEncoder(
                        table,
                        characterMap(source),
                        new UnigramEncoder.Blanks(addSpacePrefix, mergeSpaces),
                        special.unknown()),
                new TokenSpelling.SentencePiece(addSpacePrefix));
    }

    private static Optional<CharacterMap> characterMap(VocabularySource source) {
        byte[] bytes = source.bytes(CHARACTER_MAP);
        if (bytes.length == 0) {
            return Optional.empty();
        }
        Optional<CharacterMap> map = CharacterMap.read(bytes);
        if (map.isEmpty()) {
            throw source.corrupt(
                    "metadata '%s' of %d bytes is no character map: its header does not fit"
                            .formatted(CHARACTER_MAP, bytes.length));
        }
        return map;
    }

    /// Which special tokens take white space away, which files do not say: those of Phi-3 what is behind them, the mask
    /// of some encoders what is before it.
    private static SpecialTokenScan scan(VocabularySource source, TokenTable table) {
        String name = source.string("general.name").orElse("").toLowerCase(Locale.ROOT);
        String architecture = source.string("general.architecture").orElse("");
        String pre = source.string(PRE_TOKENIZER).orElse("");
        int mask = TokenTable.NONE;
        if (List.of("jina-v2-de", "jina-v2-es", "jina-v2-code").contains(pre)
                || List.of("nomic-bert-moe", "jina-bert-v3").contains(architecture)) {
            mask = table.id("<mask>");
        } else if (name.contains("modern-bert")) {
            mask = table.id("[MASK]");
        }
        return SpecialTokenScan.of(table, name.contains("phi-3") || name.contains("phi3"), mask);
    }
}
