package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.segment.ByteAlphabet;
import dev.tokamak.models.tokenizer.split.Expression;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/// How tokens become text again (`decoder`). Immutable once read.
final class Decoding {

    /* What a decoder does before it fuses the tokens is done to each, so that answers can be streamed; what it does
     * afterwards, such as taking the first blank away, is done to whole texts only. */

    private static final int MOST_STRIPPED = 1 << 20;

    /// Changes the text of one token.
    @FunctionalInterface
    private interface Step {
        String apply(String token, boolean first);
    }

    private final List<Step> steps = new ArrayList<>();
    private final List<UnaryOperator<String>> endings = new ArrayList<>();
    private boolean byteLevel;
    private boolean byteFallback;
    private boolean fused;

    private Decoding() {}

    static Decoding read(JsonNode node) {
        Decoding decoding = new Decoding();
        if (node.isNull() || node.isMissingNode()) {
            decoding.steps.add((token, first) -> first ? token : " " + token);
        } else {
            decoding.add(Fields.of(node, "decoder"));
        }
        return decoding;
    }

    private void add(Fields fields) {
        switch (fields.type()) {
            case "Sequence" ->
                    fields.objects("decoders")
                            .forEach(part -> add(Fields.of(part.node(), "decoder")));
            case "ByteLevel" -> byteLevel = true;
            case "ByteFallback" -> byteFallback = true;
            case "Fuse" -> fused = true;
            case "Metaspace" -> metaspace(fields);
            case "WordPiece" -> wordPiece(fields);
            case "BPEDecoder" -> {
                String suffix = fields.shortString("suffix", "</w>");
                steps.add((token, _) -> token.replace(suffix, " "));
                endings.add(
                        text -> text.endsWith(" ") ? text.substring(0, text.length() - 1) : text);
            }
            case "Replace" -> replace(fields);
            case "Strip" -> strip(fields);
            default ->
                    throw fields.unsupported(
                            "'%s' is not supported".formatted(Fields.shown(fields.type())));
        }
    }

    private void metaspace(Fields fields) {
        String blank = fields.shortString("replacement", "\u2581");
        boolean dropped =
                !"never"
                        .equals(
                                fields.string(
                                        "prepend_scheme",
                                        fields.flag("add_prefix_space", true)
                                                ? "always"
                                                : "never"));
        steps.add((token, first) -> token.replace(blank, first && dropped ? "" : " "));
    }

    private void wordPiece(Fields fields) {
        String prefix = fields.shortString("prefix", "##");
        boolean cleanup = fields.flag("cleanup", true);
        steps.add(
                (token, first) -> {
                    if (first) {
                        return token;
                    }
                    String joined =
                            token.startsWith(prefix)
                                    ? token.substring(prefix.length())
                                    : " " + token;
                    return cleanup ? cleaned(joined) : joined;
                });
    }

    private static String cleaned(String token) {
        return token.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" do not", " don't")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }

    private void replace(Fields fields) {
        String content = fields.shortString("content");
        Fields pattern = Fields.of(fields.node().path("pattern"), "pattern of a decoder");
        if (pattern.has("String")) {
            String wanted = pattern.shortString("String");
            change(text -> wanted.isEmpty() ? text : text.replace(wanted, content));
        } else {
            Expression expression = Expression.compile(pattern.string("Regex"));
            change(Normalisers.replacing(expression, content)::apply);
        }
    }

    private void strip(Fields fields) {
        String content = fields.shortString("content");
        int start = fields.number("start", MOST_STRIPPED, 0);
        int stop = fields.number("stop", MOST_STRIPPED, 0);
        if (content.isEmpty()) {
            throw Fields.corrupt("a decoder strips no character");
        }
        change(
                text -> {
                    int from = 0;
                    for (int i = 0; i < start && text.startsWith(content, from); i++) {
                        from += content.length();
                    }
                    String rest = text.substring(from);
                    for (int i = 0; i < stop && rest.endsWith(content); i++) {
                        rest = rest.substring(0, rest.length() - content.length());
                    }
                    return rest;
                });
    }

    private void change(UnaryOperator<String> change) {
        if (fused) {
            endings.add(change);
        } else {
            steps.add((token, _) -> change.apply(token));
        }
    }

    /// The bytes that a token stands for.
    ///
    /// @param first whether it is the first of a text
    byte[] bytes(String token, boolean first) {
        if (byteFallback && isByte(token)) {
            return new byte[] {(byte) Integer.parseInt(token, 3, 5, 16)};
        }
        String text = token;
        for (Step step : steps) {
            text = step.apply(text, first);
        }
        return byteLevel ? ByteAlphabet.decode(text) : text.getBytes(StandardCharsets.UTF_8);
    }

    static boolean isByte(String token) {
        return token.length() == 6
                && token.startsWith("<0x")
                && token.endsWith(">")
                && Character.digit(token.charAt(3), 16) >= 0
                && Character.digit(token.charAt(4), 16) >= 0;
    }

    /// The text of a whole sequence.
    String finished(String text) {
        String result = text;
        for (UnaryOperator<String> ending : endings) {
            result = ending.apply(result);
        }
        return result;
    }
}
