package dev.tokamak.models.template;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// How Python writes values as text (`str` and `repr`), which characters it calls blank, and its string escapes.
/// Immutable.
final class PythonText {

    private PythonText() {}

    /// Writes a value as `str` does.
    static String of(Object value, Budget budget) {
        return switch (value) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Undefined _ -> "";
            default -> represent(value, budget);
        };
    }

    /// Writes a value as `repr` does.
    static String represent(Object value, Budget budget) {
        StringBuilder text = new StringBuilder();
        append(value, text, budget, 0);
        return budget.charged(text.toString());
    }

    private static void append(Object value, StringBuilder text, Budget budget, int depth) {
        budget.step();
        Budget.requireDepth(depth);
        switch (value) {
            case None _ -> text.append("None");
            case Boolean flag -> text.append(flag ? "True" : "False");
            case Double number -> text.append(ofDouble(number));
            case Number number -> text.append(number);
            case String string -> appendQuoted(string, text);
            case Markup markup -> appendQuoted(markup.text(), text);
            case Undefined _ -> text.append("Undefined");
            case Tuple tuple -> {
                appendItems(tuple, "(", tuple.size() == 1 ? ",)" : ")", text, budget, depth);
            }
            case List<?> list -> appendItems(list, "[", "]", text, budget, depth);
            case Map<?, ?> map -> appendMap(map, text, budget, depth);
            default -> text.append('<').append(Values.typeName(value)).append('>');
        }
        budget.charge(text.length(), 0);
    }

    private static void appendItems(
            List<?> items,
            String open,
            String close,
            StringBuilder text,
            Budget budget,
            int depth) {
        text.append(open);
        String separator = "";
        for (Object item : items) {
            text.append(separator);
            append(item, text, budget, depth + 1);
            separator = ", ";
        }
        text.append(close);
    }

    private static void appendMap(Map<?, ?> map, StringBuilder text, Budget budget, int depth) {
        text.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            text.append(separator);
            append(entry.getKey(), text, budget, depth + 1);
            text.append(": ");
            append(entry.getValue(), text, budget, depth + 1);
            separator = ", ";
        }
        text.append('}');
    }

    /// Writes the shortest decimal that reads back as the number, as Python does.
    static String ofDouble(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = decimal.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = decimal.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        String magnitude = (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
        return (number < 0 ? "-" : "")
                + digits.charAt(0)
                + fraction
                + "e"
                + (exponent < 0 ? "-" : "+")
                + magnitude;
    }

    private static void appendQuoted(String string, StringBuilder text) {
        char quote = string.indexOf('\'') >= 0 && string.indexOf('"') < 0 ? '"' : '\'';
        text.append(quote);
        string.codePoints().forEach(point -> appendEscaped(point, quote, text));
        text.append(quote);
    }

    private static void appendEscaped(int point, char quote, StringBuilder text) {
        switch (point) {
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            case '\\' -> text.append("\\\\");
            default -> {
                if (point == quote) {
                    text.append('\\').append(quote);
                } else if (isPrintable(point)) {
                    text.appendCodePoint(point);
                } else if (point < 0x100) {
                    text.append("\\x%02x".formatted(point));
                } else {
                    text.append((point < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(point));
                }
            }
        }
    }

    private static boolean isPrintable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> point == ' ';
            default -> true;
        };
    }

    /// Whether Python's `str.isspace` and `str.strip` take the character for blank.
    static boolean isSpace(int character) {
        return (character >= 0x09 && character <= 0x0d)
                || (character >= 0x1c && character <= 0x20)
                || character == 0x85
                || character == 0xa0
                || character == 0x1680
                || (character >= 0x2000 && character <= 0x200a)
                || character == 0x2028
                || character == 0x2029
                || character == 0x202f
                || character == 0x205f
                || character == 0x3000;
    }

    /// Resolves the escapes of a string literal.
    static String unescape(String body) {
        if (body.indexOf('\\') < 0) {
            return body;
        }
        StringBuilder text = new StringBuilder(body.length());
        int index = 0;
        while (index < body.length()) {
            char character = body.charAt(index);
            if (character != '\\' || index + 1 == body.length()) {
                text.append(character);
                index++;
                continue;
            }
            index = unescapeOne(body, index + 1, text);
        }
        return text.toString();
    }

    /// Appends the character of the escape whose letter stands at the index, and returns the index after it.
    private static int unescapeOne(String body, int index, StringBuilder text) {
        char letter = body.charAt(index);
        int simple = "ntrbfav0\\'\"".indexOf(letter);
        boolean isOctal = letter >= '0' && letter <= '7';
        if (simple >= 0 && !isOctal) {
            text.append("\n\t\r\b\f\u0007\u000b\0\\'\"".charAt(simple));
            return index + 1;
        }
        if (letter == '\n') {
            return index + 1;
        }
        if (isOctal) {
            int end = index;
            while (end < body.length()
                    && end < index + 3
                    && "01234567".indexOf(body.charAt(end)) >= 0) {
                end++;
            }
            text.appendCodePoint(Integer.parseInt(body.substring(index, end), 8));
            return end;
        }
        int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
        if (digits == 0) {
            text.append('\\').append(letter);
            return index + 1;
        }
        int end = Math.min(body.length(), index + 1 + digits);
        text.appendCodePoint(hexadecimal(body.substring(index + 1, end), digits));
        return end;
    }

    private static int hexadecimal(String digits, int count) {
        try {
            int point = Integer.parseInt(digits, 16);
            if (digits.length() == count && Character.isValidCodePoint(point)) {
                return point;
            }
        } catch (NumberFormatException _) {
            throw new TemplateFailure(
                    "'" + digits + "' is not a character code of " + count + " digits");
        }
        throw new TemplateFailure(
                "'" + digits + "' is not a character code of " + count + " digits");
    }
}
