package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.segment.LongestPieces;
import dev.tokamak.models.tokenizer.segment.PieceIndex;
import dev.tokamak.models.tokenizer.segment.UnigramLattice;
import dev.tokamak.models.tokenizer.split.IntList;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Makes models of their descriptions in `tokenizer.json`. Stateless.
final class WordModels {

    private static final int NONE = -1;

    private WordModels() {}

    /// Whatever a model makes of plain text, it never gives a special token for it but the unknown one.
    static WordModel read(TokenizerJson json, Entries entries) {
        return switch (json.modelType()) {
            case "BPE" -> BytePairModel.read(json, entries);
            case "Unigram" -> unigram(json, entries);
            case "WordPiece" -> wordPiece(json, plain(json, entries));
            case "WordLevel" -> wordLevel(json, plain(json, entries));
            default ->
                    throw json.model()
                            .unsupported(
                                    "'%s' is not supported"
                                            .formatted(Fields.shown(json.modelType())));
        };
    }

    private static Map<String, Integer> plain(TokenizerJson json, Entries entries) {
        Map<String, Integer> plain = new HashMap<>(json.vocabulary());
        plain.values().removeIf(entries::isSpecial);
        return plain;
    }

    /// The ids of the 256 bytes, each -1 where there is none.
    static int[] byteTokens(Map<String, Integer> vocabulary) {
        int[] tokens = new int[256];
        for (int value = 0; value < tokens.length; value++) {
            tokens[value] = vocabulary.getOrDefault("<0x%02X>".formatted(value), NONE);
        }
        return tokens;
    }

    private static WordModel unigram(TokenizerJson json, Entries entries) {
        Map<String, Integer> vocabulary = plain(json, entries);
        if (json.pieces().isEmpty()) {
            throw Fields.corrupt("the vocabulary of a Unigram is no list of pieces with scores");
        }
        double[] scores = json.scores();
        int unknown = json.model().number("unk_id", json.pieces().size() - 1);
        boolean byteFallback = json.model().flag("byte_fallback", false);
        int[] bytes = byteTokens(vocabulary);
        double worst = Arrays.stream(scores).min().orElse(0);
        UnigramLattice lattice =
                new UnigramLattice(
                        new PieceIndex(json.pieces(), id -> !entries.isSpecial(id)),
                        scores,
                        unknown,
                        worst - UnigramLattice.UNKNOWN_PENALTY);
        return (words, ids) -> {
            for (Piece word : words) {
                String text = word.text();
                lattice.cut(
                        text,
                        (id, from, to) -> {
                            if (id != unknown) {
                                ids.add(id);
                                return;
                            }
                            String part = text.substring(from, to);
                            Integer whole = vocabulary.get(part);
                            if (whole != null) {
                                ids.add(whole);
                            } else if (!byteFallback || !addBytes(part, bytes, ids)) {
                                ids.add(unknown);
                            }
                        });
            }
        };
    }

    /// Adds the bytes of a text if each has a token.
    private static boolean addBytes(String text, int[] tokens, IntList ids) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (byte value : bytes) {
            if (tokens[value & 0xFF] == NONE) {
                return false;
            }
        }
        for (byte value : bytes) {
            ids.add(tokens[value & 0xFF]);
        }
        return true;
    }

    private static WordModel wordPiece(TokenizerJson json, Map<String, Integer> vocabulary) {
        Fields model = json.model();
        int unknown = requireUnknown(model, json.vocabulary());
        String prefix = model.shortString("continuing_subword_prefix", "##");
        int longestWord = model.number("max_input_chars_per_word", 1 << 20, 100);
        LongestPieces pieces = longestPieces(vocabulary, prefix);
        return (words, ids) -> {
            for (Piece word : words) {
                String text = word.text();
                boolean isShort = text.codePointCount(0, text.length()) <= longestWord;
                if (!isShort || !pieces.cut(text, ids)) {
                    ids.add(unknown);
                }
            }
        };
    }

    private static LongestPieces longestPieces(Map<String, Integer> vocabulary, String prefix) {
        int size = vocabulary.values().stream().mapToInt(id -> id + 1).max().orElse(0);
        String[] first = new String[size];
        String[] rest = new String[size];
        Arrays.fill(first, "");
        Arrays.fill(rest, "");
        vocabulary.forEach(
                (text, id) -> {
                    first[id] = text;
                    rest[id] = text.startsWith(prefix) ? text.substring(prefix.length()) : "";
                });
        return new LongestPieces(
                new PieceIndex(Arrays.asList(first), _ -> true),
                new PieceIndex(Arrays.asList(rest), _ -> true));
    }

    private static WordModel wordLevel(TokenizerJson json, Map<String, Integer> vocabulary) {
        int unknown = requireUnknown(json.model(), json.vocabulary());
        return (words, ids) -> {
            for (Piece word : words) {
                ids.add(vocabulary.getOrDefault(word.text(), unknown));
            }
        };
    }

    private static int requireUnknown(Fields model, Map<String, Integer> vocabulary) {
        String text = model.string("unk_token", "[UNK]");
        Integer id = vocabulary.get(text);
        if (id == null) {
            throw Fields.corrupt(
                    "the unknown token '%s' is not in the vocabulary"
                            .formatted(Fields.shown(text)));
        }
        return id;
    }
}
