package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.segment.ByteAlphabet;
import dev.tokamak.models.tokenizer.segment.CharacterMap;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.Expression;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Base64;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Makes normalisers of their descriptions in `tokenizer.json`. Stateless.
final class Normalisers {

    private static final Pattern GRAPHEME = Pattern.compile("\\X");
    private static final int LONGEST_GRAPHEME_BYTES = 5;
    private static final int CAPITAL_I_WITH_DOT = 0x130;

    private Normalisers() {}

    static Normaliser read(JsonNode node) {
        if (node.isNull() || node.isMissingNode()) {
            return text -> text;
        }
        Fields fields = Fields.of(node, "normalizer");
        return switch (fields.type()) {
            case "Sequence" ->
                    fields.objects("normalizers").stream()
                            .map(part -> read(part.node()))
                            .reduce(text -> text, Normaliser::then);
            case "NFC" -> form(Normalizer.Form.NFC);
            case "NFD" -> form(Normalizer.Form.NFD);
            case "NFKC" -> form(Normalizer.Form.NFKC);
            case "NFKD" -> form(Normalizer.Form.NFKD);
            case "Lowercase" -> Normalisers::lowercase;
            case "StripAccents" -> text -> filter(text, codePoint -> !CodePoints.isMark(codePoint));
            case "Strip" ->
                    strip(fields.flag("strip_left", true), fields.flag("strip_right", true));
            case "BertNormalizer" -> bert(fields);
            case "Replace" -> replace(fields);
            case "Prepend" -> prepend(fields.shortString("prepend"));
            case "Precompiled" -> precompiled(fields);
            case "Nmt" -> Normalisers::nmt;
            case "ByteLevel" -> Normalisers::byteLevel;
            default ->
                    throw fields.unsupported(
                            "'%s' is not supported".formatted(Fields.shown(fields.type())));
        };
    }

    private static Normaliser form(Normalizer.Form form) {
        return text -> Normalizer.normalize(text, form);
    }

    /// Each character by itself, so that a sigma at the end of a word stays one in its middle.
    private static String lowercase(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        codePoint -> {
                            if (codePoint == CAPITAL_I_WITH_DOT) {
                                result.append("i\u0307");
                            } else {
                                result.appendCodePoint(Character.toLowerCase(codePoint));
                            }
                        });
        return result.toString();
    }

    private static String filter(String text, IntPredicate kept) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().filter(kept).forEach(result::appendCodePoint);
        return result.toString();
    }

    private static Normaliser strip(boolean left, boolean right) {
        return text -> {
            int from = 0;
            int to = text.length();
            while (left && from < to && CodePoints.isSpace(text.charAt(from))) {
                from++;
            }
            while (right && from < to && CodePoints.isSpace(text.charAt(to - 1))) {
                to--;
            }
            return text.substring(from, to);
        };
    }

    private static Normaliser bert(Fields fields) {
        boolean clean = fields.flag("clean_text", true);
        boolean chinese = fields.flag("handle_chinese_chars", true);
        boolean lowercase = fields.flag("lowercase", true);
        boolean stripAccents = fields.flag("strip_accents", lowercase);
        return text -> {
            String cleaned = clean ? clean(text) : text;
            String spaced = chinese ? spaceIdeographs(cleaned) : cleaned;
            String plain =
                    stripAccents
                            ? filter(
                                    Normalizer.normalize(spaced, Normalizer.Form.NFD),
                                    codePoint ->
                                            Character.getType(codePoint)
                                                    != Character.NON_SPACING_MARK)
                            : spaced;
            return lowercase ? lowercase(plain) : plain;
        };
    }

    private static String clean(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        codePoint -> {
                            if (CodePoints.isSpace(codePoint)
                                    && (codePoint >= ' ' || "\t\n\r".indexOf(codePoint) >= 0)
                                    && codePoint != 0x85) {
                                result.append(' ');
                            } else if (codePoint != 0
                                    && codePoint != 0xFFFD
                                    && !CodePoints.isControl(codePoint)) {
                                result.appendCodePoint(codePoint);
                            }
                        });
        return result.toString();
    }

    private static String spaceIdeographs(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        codePoint -> {
                            if (CodePoints.isBertIdeograph(codePoint)) {
                                result.append(' ').appendCodePoint(codePoint).append(' ');
                            } else {
                                result.appendCodePoint(codePoint);
                            }
                        });
        return result.toString();
    }

    private static Normaliser replace(Fields fields) {
        String content = fields.shortString("content");
        Fields pattern = Fields.of(fields.node().path("pattern"), "pattern of a normalizer");
        if (pattern.has("String")) {
            String wanted = pattern.shortString("String");
            return text -> wanted.isEmpty() ? text : text.replace(wanted, content);
        }
        return replacing(Expression.compile(pattern.string("Regex")), content);
    }

    static Normaliser replacing(Expression expression, String content) {
        return text -> {
            int[] codePoints = CodePoints.of(text);
            StringBuilder result = new StringBuilder(text.length());
            int[] copied = {0};
            expression.forEachMatch(
                    codePoints,
                    0,
                    codePoints.length,
                    (start, end) -> {
                        result.append(new String(codePoints, copied[0], start - copied[0]));
                        result.append(content);
                        copied[0] = end;
                    });
            return result.append(new String(codePoints, copied[0], codePoints.length - copied[0]))
                    .toString();
        };
    }

    private static Normaliser prepend(String prefix) {
        return text -> text.isEmpty() ? text : prefix + text;
    }

    static byte[] characterMapBytes(Fields fields) {
        try {
            return Base64.getDecoder().decode(fields.string("precompiled_charsmap"));
        } catch (IllegalArgumentException e) {
            throw Fields.corrupt("'precompiled_charsmap' is not in base 64");
        }
    }

    /// As the `tokenizers` library does it: whole graphemes when short, else their characters one by one.
    private static Normaliser precompiled(Fields fields) {
        byte[] bytes = characterMapBytes(fields);
        CharacterMap map =
                CharacterMap.read(bytes)
                        .orElseThrow(
                                () ->
                                        Fields.corrupt(
                                                "'precompiled_charsmap' of %d bytes is no character map"
                                                        .formatted(bytes.length)));
        return text -> {
            StringBuilder result = new StringBuilder(text.length());
            Matcher graphemes = GRAPHEME.matcher(text);
            while (graphemes.find()) {
                String grapheme = graphemes.group();
                boolean isShort =
                        grapheme.length() <= LONGEST_GRAPHEME_BYTES
                                && grapheme.getBytes(StandardCharsets.UTF_8).length
                                        <= LONGEST_GRAPHEME_BYTES;
                var whole =
                        isShort ? map.replacementOf(grapheme) : java.util.Optional.<String>empty();
                if (whole.isPresent()) {
                    result.append(whole.get());
                    continue;
                }
                grapheme.codePoints()
                        .mapToObj(Character::toString)
                        .forEach(part -> result.append(map.replacementOf(part).orElse(part)));
            }
            return result.toString();
        };
    }

    private static String nmt(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints()
                .filter(codePoint -> !isNmtControl(codePoint))
                .forEach(
                        codePoint ->
                                result.appendCodePoint(isNmtBlank(codePoint) ? ' ' : codePoint));
        return result.toString();
    }

    private static boolean isNmtControl(int codePoint) {
        return (codePoint >= 0x01 && codePoint <= 0x08)
                || codePoint == 0x0B
                || (codePoint >= 0x0E && codePoint <= 0x1F)
                || codePoint == 0x7F
                || codePoint == 0x8F
                || codePoint == 0x9F;
    }

    private static boolean isNmtBlank(int codePoint) {
        return switch (codePoint) {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD -> true;
            default -> codePoint >= 0x200B && codePoint <= 0x200F;
        };
    }

    static String byteLevel(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        char[] characters = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            characters[i] = ByteAlphabet.character(bytes[i]);
        }
        return new String(characters);
    }
}
