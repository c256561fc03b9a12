package dev.tokamak.models.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The entries of a vocabulary: texts, scores and kinds by id, and ids by text. Changed only while a tokenizer is being
/// loaded; thread-safe from then on.
final class TokenTable {

    /// What `id` answers for a text that is no token.
    static final int NONE = -1;

    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 4;
    static final int USER_DEFINED = 8;
    static final int UNUSED = 16;
    static final int BYTE = 32;

    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String SCORES = "tokenizer.ggml.scores";
    private static final String TYPES = "tokenizer.ggml.token_type";

    private final String[] texts;
    private final float[] scores;
    private final byte[] kinds;
    private final Map<String, Integer> ids;
    private final int longestChars;

    private TokenTable(String[] texts, float[] scores, byte[] kinds, Map<String, Integer> ids) {
        this.texts = texts;
        this.scores = scores;
        this.kinds = kinds;
        this.ids = ids;
        int longest = 0;
        for (String text : texts) {
            longest = Math.max(longest, text.length());
        }
        this.longestChars = longest;
    }

    static TokenTable read(VocabularySource source) {
        List<String> tokens = source.strings(TOKENS);
        if (tokens.isEmpty()) {
            throw source.corrupt("metadata '" + TOKENS + "' is missing or empty");
        }
        String[] texts = tokens.toArray(String[]::new);
        for (int i = 0; i < texts.length; i++) {
            if (texts[i].isEmpty()) {
                texts[i] = "[EMPTY_" + i + "]";
            }
        }
        byte[] kinds = kinds(source, texts);
        return new TokenTable(texts, scores(source, texts.length), kinds, index(source, texts));
    }

    private static Map<String, Integer> index(VocabularySource source, String[] texts) {
        Map<String, Integer> ids = HashMap.newHashMap(texts.length);
        for (int i = 0; i < texts.length; i++) {
            Integer earlier = ids.putIfAbsent(texts[i], i);
            if (earlier != null) {
                throw source.corrupt(
                        "tokens %d and %d are both '%s', expected each text once"
                                .formatted(earlier, i, shown(texts[i])));
            }
        }
        return ids;
    }

    private static float[] scores(VocabularySource source, int size) {
        if (!source.contains(SCORES)) {
            return new float[size];
        }
        float[] scores = source.floats(SCORES);
        requireLength(source, SCORES, scores.length, size);
        for (int i = 0; i < size; i++) {
            if (Float.isNaN(scores[i])) {
                throw source.corrupt("the score of token %d is not a number".formatted(i));
            }
        }
        return scores;
    }

    private static byte[] kinds(VocabularySource source, String[] texts) {
        int[] types = source.integers(TYPES);
        if (source.contains(TYPES)) {
            requireLength(source, TYPES, types.length, texts.length);
        }
        byte[] kinds = new byte[texts.length];
        for (int i = 0; i < kinds.length; i++) {
            int type = types.length == 0 ? 1 : types[i];
            kinds[i] =
                    switch (type) {
                        case 0 -> 0;
                        case 1 -> NORMAL;
                        case 2 -> UNKNOWN;
                        case 3 -> CONTROL;
                        case 4 -> USER_DEFINED;
                        case 5 -> UNUSED;
                        case 6 -> BYTE;
                        default ->
                                throw source.corrupt(
                                        "token %d has type %d, expected 0 to 6".formatted(i, type));
                    };
            if (kinds[i] == BYTE && !isByteText(texts[i])) {
                throw source.corrupt(
                        "token %d is of type byte but is called '%s', expected <0x00> to <0xFF>"
                                .formatted(i, shown(texts[i])));
            }
        }
        return kinds;
    }

    private static void requireLength(
            VocabularySource source, String key, int length, int expected) {
        if (length < expected) {
            throw source.corrupt(
                    "metadata '%s' has %d elements for %d tokens".formatted(key, length, expected));
        }
    }

    private static boolean isByteText(String text) {
        return text.length() == 6
                && text.startsWith("<0x")
                && text.charAt(5) == '>'
                && Character.digit(text.charAt(3), 16) >= 0
                && Character.digit(text.charAt(4), 16) >= 0;
    }

    /// A text for an error message, cut when long.
    static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }

    int size() {
        return texts.length;
    }

    /// The texts by id.
    List<String> texts() {
        return Collections.unmodifiableList(Arrays.asList(texts));
    }

    String text(int id) {
        return texts[id];
    }

    /// The length of a token's text in UTF-8.
    int bytes(int id) {
        return texts[id].getBytes(StandardCharsets.UTF_8).length;
    }

    float score(int id) {
        return scores[id];
    }

    /// The byte that a token of kind BYTE stands for.
    byte byteValue(int id) {
        return (byte) Integer.parseInt(texts[id], 3, 5, 16);
    }

    /// The id of a text, or `NONE`.
    int id(String text) {
        return ids.getOrDefault(text, NONE);
    }

    /// No token's text has more characters than this.
    int longestChars() {
        return longestChars;
    }

    /// Whether the token is of any of these kinds.
    boolean is(int id, int anyOf) {
        return (kinds[id] & anyOf) != 0;
    }

    /// Adds a kind to those that a token has.
    void add(int id, int kind) {
        kinds[id] |= (byte) kind;
    }

    /// Makes a token be of this kind alone.
    void replace(int id, int kind) {
        kinds[id] = (byte) kind;
    }
}
