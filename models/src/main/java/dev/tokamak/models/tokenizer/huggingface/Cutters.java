package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.huggingface.Delimiters.Behavior;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.Expression;
import dev.tokamak.models.tokenizer.split.IntList;
import dev.tokamak.models.tokenizer.split.Splitter;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Makes cutters of their descriptions in `tokenizer.json`. Stateless.
final class Cutters {

    private Cutters() {}

    static Cutter read(JsonNode node) {
        if (node.isNull() || node.isMissingNode()) {
            return (piece, pieces) -> pieces.add(piece);
        }
        Fields fields = Fields.of(node, "pre_tokenizer");
        return switch (fields.type()) {
            case "Sequence" -> sequence(fields);
            case "ByteLevel" ->
                    byteLevel(
                            fields.flag("add_prefix_space", true), fields.flag("use_regex", true));
            case "Split" -> split(fields);
            case "Whitespace" ->
                    Delimiters.of(Expression.compile("\\w+|[^\\w\\s]+"), true, Behavior.REMOVED);
            case "WhitespaceSplit" -> Delimiters.of(CodePoints::isSpace, Behavior.REMOVED);
            case "Metaspace" -> metaspace(fields);
            case "BertPreTokenizer" ->
                    Delimiters.of(CodePoints::isSpace, Behavior.REMOVED)
                            .then(Delimiters.of(Cutters::isMark, Behavior.ISOLATED));
            case "Digits" ->
                    Delimiters.of(
                            CodePoints::isNumber,
                            fields.flag("individual_digits", false)
                                    ? Behavior.ISOLATED
                                    : Behavior.CONTIGUOUS);
            case "Punctuation" -> Delimiters.of(Cutters::isMark, Behavior.read(fields, "Isolated"));
            case "CharDelimiterSplit" ->
                    Delimiters.ofText(fields.shortString("delimiter"), false, Behavior.REMOVED);
            case "UnicodeScripts" -> new ScriptCutter();
            default ->
                    throw fields.unsupported(
                            "'%s' is not supported".formatted(Fields.shown(fields.type())));
        };
    }

    private static Cutter sequence(Fields fields) {
        List<Fields> parts = fields.objects("pretokenizers");
        if (parts.isEmpty()) {
            return (piece, pieces) -> pieces.add(piece);
        }
        Cutter all = read(parts.getFirst().node());
        for (Fields part : parts.subList(1, parts.size())) {
            all = all.then(read(part.node()));
        }
        return all;
    }

    /// ASCII marks and symbols, and what Unicode takes for punctuation.
    private static boolean isMark(int codePoint) {
        return codePoint < 0x80
                ? CodePoints.isPunctuationOrSymbol(codePoint)
                : CodePoints.isPunctuation(codePoint);
    }

    private static Cutter byteLevel(boolean addPrefixSpace, boolean useExpression) {
        Splitter splitter = Splitter.gpt2();
        return (piece, pieces) -> {
            boolean isPrefixed =
                    addPrefixSpace && !piece.text().isEmpty() && !piece.text().startsWith(" ");
            String text = isPrefixed ? " " + piece.text() : piece.text();
            if (!useExpression) {
                pieces.add(new Piece(Normalisers.byteLevel(text), piece.atStart()));
                return;
            }
            int[] codePoints = CodePoints.of(text);
            IntList ends = new IntList(codePoints.length / 4);
            splitter.split(codePoints, 0, codePoints.length, ends);
            addWords(codePoints, ends, piece.atStart(), true, pieces);
        };
    }

    private static Cutter split(Fields fields) {
        Fields pattern = Fields.of(fields.node().path("pattern"), "pattern of a pre_tokenizer");
        boolean inverted = fields.flag("invert", false);
        Behavior behavior = Behavior.read(fields, "");
        if (pattern.has("String")) {
            return Delimiters.ofText(pattern.shortString("String"), inverted, behavior);
        }
        String expression = pattern.string("Regex");
        if (behavior != Behavior.ISOLATED) {
            return Delimiters.of(Expression.compile(expression), inverted, behavior);
        }
        Splitter splitter = Splitter.of(expression);
        return (piece, pieces) -> {
            int[] codePoints = CodePoints.of(piece.text());
            IntList ends = new IntList(codePoints.length / 4);
            splitter.split(codePoints, 0, codePoints.length, ends);
            addWords(codePoints, ends, piece.atStart(), false, pieces);
        };
    }

    private static void addWords(
            int[] text, IntList ends, boolean atStart, boolean byteLevel, List<Piece> pieces) {
        int from = 0;
        for (int i = 0; i < ends.size(); i++) {
            String word = new String(text, from, ends.at(i) - from);
            pieces.add(
                    new Piece(
                            byteLevel ? Normalisers.byteLevel(word) : word, atStart && from == 0));
            from = ends.at(i);
        }
    }

    private static Cutter metaspace(Fields fields) {
        String blank = fields.shortString("replacement", "\u2581");
        String scheme =
                fields.string(
                        "prepend_scheme",
                        fields.flag("add_prefix_space", true) ? "always" : "never");
        if (!List.of("always", "first", "never").contains(scheme)) {
            throw fields.unsupported(
                    "the prepend_scheme '%s' is not supported".formatted(Fields.shown(scheme)));
        }
        boolean split = fields.flag("split", true);
        Delimiters words = Delimiters.ofText(blank, false, Behavior.MERGED_WITH_NEXT);
        return (piece, pieces) -> {
            String replaced = piece.text().replace(" ", blank);
            boolean wanted = "always".equals(scheme) || ("first".equals(scheme) && piece.atStart());
            boolean isPrefixed = wanted && !replaced.isEmpty() && !replaced.startsWith(blank);
            Piece whole = new Piece(isPrefixed ? blank + replaced : replaced, piece.atStart());
            if (split) {
                words.cut(whole, pieces);
            } else {
                pieces.add(whole);
            }
        };
    }
}
