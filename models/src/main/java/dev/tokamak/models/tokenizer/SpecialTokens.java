package dev.tokamak.models.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// Which tokens open, close and end texts. Immutable; the bit set is never changed after reading.
///
/// @param bos begins a text, or NONE
/// @param eos ends a text, or NONE
/// @param unknown stands for what has no token, or NONE
/// @param first put before texts, or NONE
/// @param last put after texts, or NONE
/// @param between put between the texts of a pair
/// @param ends tokens that end a generation
record SpecialTokens(
        int bos, int eos, int unknown, int first, int last, List<Integer> between, BitSet ends) {

    private static final String PREFIX = "tokenizer.ggml.";
    private static final String BOS = PREFIX + "bos_token_id";
    private static final String EOS = PREFIX + "eos_token_id";
    private static final String UNKNOWN = PREFIX + "unknown_token_id";

    /// Misspelt in the format itself.
    private static final String SEPARATOR = PREFIX + "seperator_token_id";

    private static final String ADD_SEPARATOR = PREFIX + "add_sep_token";

    /// Tokens of answers in channels, which readers must see.
    private static final List<String> SHOWN_TEXTS =
            List.of("<|channel|>", "<|message|>", "<|start|>", "<|constrain|>");

    /// A token with a part in completing code between a prefix and a suffix.
    ///
    /// @param keys where a file may name it, the later one winning
    /// @param texts what it is called where the file does not say
    /// @param ends whether it ends a generation
    private record FillInRole(List<String> keys, List<String> texts, boolean ends) {}

    private static final List<FillInRole> FILL_IN_ROLES =
            List.of(
                    new FillInRole(
                            List.of("fim_pre_token_id", "prefix_token_id"),
                            List.of(
                                    "<|fim_prefix|>",
                                    "<fim-prefix>",
                                    "<fim_prefix>",
                                    "<\uff5cfim\u2581begin\uff5c>",
                                    "<PRE>",
                                    "\u2581<PRE>",
                                    "<|code_prefix|>",
                                    "<|prefix|>"),
                            false),
                    new FillInRole(
                            List.of("fim_suf_token_id", "suffix_token_id"),
                            List.of(
                                    "<|fim_suffix|>",
                                    "<fim-suffix>",
                                    "<fim_suffix>",
                                    "<\uff5cfim\u2581hole\uff5c>",
                                    "<SUF>",
                                    "\u2581<SUF>",
                                    "<|code_suffix|>",
                                    "<|suffix|>"),
                            false),
                    new FillInRole(
                            List.of("fim_mid_token_id", "middle_token_id"),
                            List.of(
                                    "<|fim_middle|>",
                                    "<fim-middle>",
                                    "<fim_middle>",
                                    "<\uff5cfim\u2581end\uff5c>",
                                    "<MID>",
                                    "\u2581<MID>",
                                    "<|code_middle|>",
                                    "<|middle|>"),
                            false),
                    new FillInRole(
                            List.of("fim_pad_token_id"),
                            List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
                            true),
                    new FillInRole(
                            List.of("fim_rep_token_id"),
                            List.of(
                                    "<|fim_repo|>",
                                    "<|repo_name|>",
                                    "<fim-repo>",
                                    "<REPO>",
                                    "<reponame>"),
                            true),
                    new FillInRole(List.of("fim_sep_token_id"), List.of("<|file_sep|>"), true));

    /// What holds where a file does not say.
    record Defaults(int bos, int eos, int unknown, boolean addBos, boolean addEos) {}

    /// Reads the special tokens and marks in the table those that are special whatever the file says of them.
    static SpecialTokens read(VocabularySource source, TokenTable table, Defaults defaults) {
        int bos = id(source, table, BOS).orElse(within(table, defaults.bos()));
        int eos = id(source, table, EOS).orElse(within(table, defaults.eos()));
        int unknown = id(source, table, UNKNOWN).orElse(within(table, defaults.unknown()));
        boolean addBos = source.bool(PREFIX + "add_bos_token").orElse(defaults.addBos());
        boolean addEos = source.bool(PREFIX + "add_eos_token").orElse(defaults.addEos());
        int first = addBos ? require(source, bos, "BOS", BOS) : TokenTable.NONE;
        int last = addEos ? require(source, eos, "EOS", EOS) : TokenTable.NONE;
        boolean addSeparator = source.bool(ADD_SEPARATOR).orElse(false);
        int separator = addSeparator ? id(source, table, SEPARATOR).orElse(eos) : TokenTable.NONE;
        return new SpecialTokens(
                bos, eos, unknown, first, last, between(last, separator), ends(source, table, eos));
    }

    /// Reads those of a BERT vocabulary, whose texts begin with a classifier token and end with a separator.
    static SpecialTokens readBert(VocabularySource source, TokenTable table) {
        int bos = id(source, table, BOS).orElse(within(table, 101));
        int eos = id(source, table, EOS).orElse(TokenTable.NONE);
        int unknown =
                require(
                        source,
                        id(source, table, UNKNOWN).orElse(within(table, 100)),
                        "unknown",
                        UNKNOWN);
        int separator = id(source, table, SEPARATOR).orElse(within(table, 102));
        boolean addEos =
                eos != TokenTable.NONE && source.bool(PREFIX + "add_eos_token").orElse(false);
        boolean addSeparator = source.bool(ADD_SEPARATOR).orElse(!addEos);
        return new SpecialTokens(
                bos,
                eos,
                unknown,
                require(source, bos, "BOS", BOS),
                require(source, separator, "separator", SEPARATOR),
                between(addEos ? eos : TokenTable.NONE, addSeparator ? separator : TokenTable.NONE),
                ends(source, table, eos));
    }

    /// The same with BOS before every text.
    SpecialTokens withBos(VocabularySource source) {
        return new SpecialTokens(
                bos, eos, unknown, require(source, bos, "BOS", BOS), last, between, ends);
    }

    /// What ends the first text of a pair, and what separates it from the second.
    private static List<Integer> between(int end, int separator) {
        return IntStream.of(end, separator).filter(id -> id != TokenTable.NONE).boxed().toList();
    }

    private static BitSet ends(VocabularySource source, TokenTable table, int eos) {
        BitSet ends = new BitSet(table.size());
        for (FillInRole role : FILL_IN_ROLES) {
            int id = fillIn(source, table, role);
            if (id != TokenTable.NONE && role.ends()) {
                ends.set(id);
            }
        }
        BitSet turnEnds = TurnEnds.find(table::id);
        ends.or(turnEnds);
        turnEnds.stream().forEach(id -> table.add(id, TokenTable.CONTROL));
        for (String text : SHOWN_TEXTS) {
            int id = table.id(text);
            if (id != TokenTable.NONE) {
                table.replace(id, TokenTable.USER_DEFINED);
            }
        }
        if (eos != TokenTable.NONE) {
            ends.set(eos);
        }
        id(source, table, PREFIX + "eot_token_id").ifPresent(ends::set);
        id(source, table, PREFIX + "eom_token_id").ifPresent(ends::set);
        keep(TurnEnds.isEndOfMessage(table::id), "<|end|>", TokenTable.USER_DEFINED, table, ends);
        keep(TurnEnds.isPlainTag(table::id), "</s>", TokenTable.NORMAL, table, ends);
        return ends;
    }

    /// Makes a token that looks like an end be of another kind where it means something else.
    private static void keep(
            boolean applies, String text, int kind, TokenTable table, BitSet ends) {
        int id = table.id(text);
        if (applies && id != TokenTable.NONE) {
            ends.clear(id);
            table.replace(id, kind);
        }
    }

    private static int fillIn(VocabularySource source, TokenTable table, FillInRole role) {
        int named = TokenTable.NONE;
        for (String key : role.keys()) {
            named = id(source, table, PREFIX + key).orElse(named);
        }
        if (named != TokenTable.NONE) {
            return named;
        }
        for (String text : role.texts()) {
            int id = table.id(text);
            if (id != TokenTable.NONE) {
                table.add(id, TokenTable.CONTROL);
                return id;
            }
        }
        return TokenTable.NONE;
    }

    private static OptionalInt id(VocabularySource source, TokenTable table, String key) {
        OptionalLong id = source.integer(key);
        if (id.isEmpty()) {
            return OptionalInt.empty();
        }
        if (id.getAsLong() < 0 || id.getAsLong() >= table.size()) {
            throw source.corrupt(
                    "metadata '%s' is %d, expected 0 to %d, as there are %d tokens"
                            .formatted(key, id.getAsLong(), table.size() - 1, table.size()));
        }
        return OptionalInt.of((int) id.getAsLong());
    }

    private static int within(TokenTable table, int id) {
        return id < table.size() ? id : TokenTable.NONE;
    }

    private static int require(VocabularySource source, int id, String what, String key) {
        if (id == TokenTable.NONE) {
            throw source.corrupt(
                    "texts get a %s token, but metadata '%s', which names it, is missing"
                            .formatted(what, key));
        }
        return id;
    }
}
