package dev.tokamak.models.template;

import dev.tokamak.models.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Cuts a template's source into tokens, applying whitespace control with `trim_blocks` and `lstrip_blocks` on, as
/// chat templates expect. Confined to one compilation.
final class Lexer {

    private static final String[] LONG_OPERATORS = {"**", "//", "==", "!=", "<=", ">="};
    private static final String SHORT_OPERATORS = "+-*/%~[](){}<>=.:|,;";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    private int lineCountedTo;

    private Lexer(String source) {
        this.source = source;
    }

    /// Returns the tokens of a template; the last one is [Kind#END].
    static List<Token> tokens(String source) {
        Lexer lexer = new Lexer(normalise(source));
        try {
            return lexer.tokens();
        } catch (TemplateFailure failure) {
            throw failure.atLine(lexer.line());
        }
    }

    /// Returns the source with all line ends as `\n` and without the last one.
    private static String normalise(String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    private int line() {
        while (lineCountedTo < position) {
            if (source.charAt(lineCountedTo) == '\n') {
                line++;
            }
            lineCountedTo++;
        }
        return line;
    }

    private List<Token> tokens() {
        while (position < source.length()) {
            int begin = nextDelimiter();
            if (begin < 0) {
                add(Kind.TEXT, source.substring(position));
                position = source.length();
                break;
            }
            char type = source.charAt(begin + 1);
            char sign = signAt(begin + 2);
            addTextBefore(begin, type, sign);
            position = begin + 2 + (sign == 0 ? 0 : 1);
            switch (type) {
                case '#' -> skipComment();
                case '{' -> readExpression(Kind.VARIABLE_BEGIN, Kind.VARIABLE_END);
                default -> readBlock();
            }
        }
        add(Kind.END, "");
        return tokens;
    }

    private void add(Kind kind, String text) {
        if (kind != Kind.TEXT || !text.isEmpty()) {
            tokens.add(new Token(kind, text, line()));
        }
    }

    private int nextDelimiter() {
        int brace = source.indexOf('{', position);
        while (brace >= 0 && brace + 1 < source.length()) {
            if ("{%#".indexOf(source.charAt(brace + 1)) >= 0) {
                return brace;
            }
            brace = source.indexOf('{', brace + 1);
        }
        return -1;
    }

    private char signAt(int index) {
        boolean isSign = index < source.length() && "+-".indexOf(source.charAt(index)) >= 0;
        return isSign ? source.charAt(index) : 0;
    }

    private void addTextBefore(int begin, char type, char sign) {
        int end = begin;
        if (sign == '-') {
            while (end > position && PythonText.isSpace(source.charAt(end - 1))) {
                end--;
            }
        } else if (sign != '+' && type != '{') {
            end = withoutIndentation(begin);
        }
        add(Kind.TEXT, source.substring(position, end));
    }

    /// Returns where the text before a tag ends when only blanks stand between the start of the line and the tag.
    private int withoutIndentation(int begin) {
        int start = begin;
        while (start > position && source.charAt(start - 1) != '\n') {
            if (!PythonText.isSpace(source.charAt(start - 1))) {
                return begin;
            }
            start--;
        }
        boolean isLineStart = start == 0 || source.charAt(start - 1) == '\n';
        return isLineStart ? start : begin;
    }

    private void skipComment() {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw new TemplateFailure("missing end of comment tag");
        }
        boolean stripsAfter = end > position && source.charAt(end - 1) == '-';
        boolean keepsNewline = end > position && source.charAt(end - 1) == '+';
        position = end + 2;
        skipAfterTag(stripsAfter, !keepsNewline);
    }

    private void skipAfterTag(boolean stripsAll, boolean stripsNewline) {
        if (stripsAll) {
            skipSpace();
        } else if (stripsNewline && position < source.length() && source.charAt(position) == '\n') {
            position++;
        }
    }

    private void skipSpace() {
        while (position < source.length() && PythonText.isSpace(source.charAt(position))) {
            position++;
        }
    }

    private void readBlock() {
        int start = position;
        skipSpace();
        if (source.startsWith("raw", position)) {
            position += "raw".length();
            skipSpace();
            if (source.startsWith("%}", position) || source.startsWith("-%}", position)) {
                boolean stripsAfter = source.charAt(position) == '-';
                position += stripsAfter ? 3 : 2;
                skipAfterTag(stripsAfter, false);
                readRaw();
                return;
            }
        }
        position = start;
        readExpression(Kind.BLOCK_BEGIN, Kind.BLOCK_END);
    }

    private void readRaw() {
        for (int begin = source.indexOf("{%", position);
                begin >= 0;
                begin = source.indexOf("{%", begin + 2)) {
            char sign = signAt(begin + 2);
            int textStart = position;
            position = begin + 2 + (sign == 0 ? 0 : 1);
            skipSpace();
            if (source.startsWith("endraw", position)) {
                position += "endraw".length();
                skipSpace();
                char endSign = signAt(position);
                position += endSign == 0 ? 0 : 1;
                if (source.startsWith("%}", position)) {
                    int tagEnd = position + 2;
                    position = textStart;
                    addTextBefore(begin, '%', sign);
                    position = tagEnd;
                    skipAfterTag(endSign == '-', endSign != '+');
                    return;
                }
            }
            position = textStart;
        }
        throw new TemplateFailure("missing end of raw block");
    }

    private void readExpression(Kind beginKind, Kind endKind) {
        add(beginKind, "");
        String end = endKind == Kind.BLOCK_END ? "%}" : "}}";
        StringBuilder open = new StringBuilder();
        while (true) {
            skipSpace();
            if (position >= source.length()) {
                throw new TemplateFailure("unexpected end of template, expected '" + end + "'");
            }
            if (open.isEmpty() && skipTagEnd(end, endKind)) {
                return;
            }
            readToken(open);
        }
    }

    private boolean skipTagEnd(String end, Kind endKind) {
        char sign = signAt(position);
        boolean isSigned = sign == '-' || (sign == '+' && endKind == Kind.BLOCK_END);
        int endPosition = position + (isSigned ? 1 : 0);
        if (!source.startsWith(end, endPosition)) {
            return false;
        }
        add(endKind, "");
        position = endPosition + 2;
        skipAfterTag(sign == '-', endKind == Kind.BLOCK_END && sign != '+');
        return true;
    }

    private void readToken(StringBuilder open) {
        char first = source.charAt(position);
        if (first == '"' || first == '\'') {
            readString(first);
            return;
        }
        if (first >= '0' && first <= '9') {
            readNumber();
            return;
        }
        if (Character.isLetter(first) || first == '_') {
            int start = position;
            while (position < source.length() && isNamePart(source.charAt(position))) {
                position++;
            }
            add(Kind.NAME, source.substring(start, position));
            return;
        }
        readOperator(open);
    }

    private static boolean isNamePart(char character) {
        return Character.isLetterOrDigit(character) || character == '_';
    }

    private void readOperator(StringBuilder open) {
        for (String operator : LONG_OPERATORS) {
            if (source.startsWith(operator, position)) {
                add(Kind.OPERATOR, operator);
                position += operator.length();
                return;
            }
        }
        char symbol = source.charAt(position);
        if (SHORT_OPERATORS.indexOf(symbol) < 0) {
            throw new TemplateFailure("unexpected character '" + symbol + "'");
        }
        switch (symbol) {
            case '(' -> open.append(')');
            case '[' -> open.append(']');
            case '{' -> open.append('}');
            case ')', ']', '}' -> close(symbol, open);
            default -> {}
        }
        add(Kind.OPERATOR, String.valueOf(symbol));
        position++;
    }

    private static void close(char symbol, StringBuilder open) {
        if (open.isEmpty()) {
            throw new TemplateFailure("unexpected '" + symbol + "'");
        }
        char expected = open.charAt(open.length() - 1);
        if (symbol != expected) {
            throw new TemplateFailure("unexpected '" + symbol + "', expected '" + expected + "'");
        }
        open.setLength(open.length() - 1);
    }

    private void readString(char quote) {
        int start = position + 1;
        int end = start;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw new TemplateFailure("missing end of string");
        }
        add(Kind.STRING, PythonText.unescape(source.substring(start, end)));
        position = end + 1;
    }

    private void readNumber() {
        int start = position;
        boolean hasPrefix =
                source.charAt(start) == '0'
                        && start + 1 < source.length()
                        && "xXoObB".indexOf(source.charAt(start + 1)) >= 0;
        if (hasPrefix) {
            position += 2;
            while (position < source.length() && isNamePart(source.charAt(position))) {
                position++;
            }
            add(Kind.INTEGER, source.substring(start, position).replace("_", ""));
            return;
        }
        skipDigits();
        boolean isFloat = false;
        boolean followsDot = start > 0 && source.charAt(start - 1) == '.';
        if (!followsDot && isAt(position, ".") && isDigitAt(position + 1)) {
            isFloat = true;
            position++;
            skipDigits();
        }
        if (!followsDot && (isAt(position, "e") || isAt(position, "E"))) {
            int exponent = position + (signAt(position + 1) == 0 ? 1 : 2);
            if (isDigitAt(exponent)) {
                isFloat = true;
                position = exponent;
                skipDigits();
            }
        }
        String text = source.substring(start, position).replace("_", "");
        add(isFloat ? Kind.FLOAT : Kind.INTEGER, text);
    }

    private void skipDigits() {
        while (isDigitAt(position) || (isAt(position, "_") && isDigitAt(position + 1))) {
            position++;
        }
    }

    private boolean isDigitAt(int index) {
        return index < source.length()
                && source.charAt(index) >= '0'
                && source.charAt(index) <= '9';
    }

    private boolean isAt(int index, String text) {
        return source.startsWith(text, index);
    }
}
