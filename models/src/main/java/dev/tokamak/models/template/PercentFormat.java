package dev.tokamak.models.template;

import java.util.List;
import java.util.Map;

/// Python's `text % values`. Confined to one rendering.
final class PercentFormat {

    private final String format;
    private final Object values;
    private final Budget budget;
    private final StringBuilder text = new StringBuilder();
    private int index;
    private int used;

    private PercentFormat(String format, Object values, Budget budget) {
        this.format = format;
        this.values = values;
        this.budget = budget;
    }

    static String format(String format, Object values, Budget budget) {
        return new PercentFormat(format, values, budget).format();
    }

    private String format() {
        while (index < format.length()) {
            int mark = format.indexOf('%', index);
            if (mark < 0) {
                break;
            }
            append(format.substring(index, mark));
            index = mark + 1;
            appendConversion();
        }
        append(format.substring(index));
        if (values instanceof Tuple tuple && used < tuple.size()) {
            throw new TemplateFailure("not all arguments converted during string formatting");
        }
        return text.toString();
    }

    private void append(String piece) {
        budget.charge((long) text.length() + piece.length(), piece.length());
        text.append(piece);
    }

    private char peek() {
        if (index >= format.length()) {
            throw new TemplateFailure("incomplete format '" + format + "'");
        }
        return format.charAt(index);
    }

    private void appendConversion() {
        Object named = null;
        if (peek() == '(') {
            int end = format.indexOf(')', index);
            if (end < 0 || !(values instanceof Map<?, ?> map)) {
                throw new TemplateFailure("format requires a mapping");
            }
            named = map.get(format.substring(index + 1, end));
            if (named == null) {
                throw new TemplateFailure(
                        "no value for '" + format.substring(index + 1, end) + "'");
            }
            index = end + 1;
        }
        StringBuilder flags = new StringBuilder();
        while ("#0- +".indexOf(peek()) >= 0) {
            flags.append(peek());
            index++;
        }
        int width = digits(0);
        int precision = -1;
        if (peek() == '.') {
            index++;
            precision = digits(0);
        }
        char type = peek();
        index++;
        if (type == '%') {
            append("%");
            return;
        }
        Object value = named == null ? nextValue() : named;
        append(
                spec(flags.toString(), width, precision, type)
                        .write(converted(value, type), budget));
    }

    private int digits(int fallback) {
        int end = FormatSpec.digitsEnd(format, index);
        int number = FormatSpec.number(format.substring(index, end), fallback);
        index = end;
        return number;
    }

    private Object nextValue() {
        if (values instanceof Tuple tuple) {
            if (used >= tuple.size()) {
                throw new TemplateFailure("not enough arguments for format string");
            }
            return tuple.get(used++);
        }
        if (used > 0) {
            throw new TemplateFailure("not enough arguments for format string");
        }
        used++;
        return values;
    }

    private Object converted(Object value, char type) {
        return switch (type) {
            case 'r', 'a' -> PythonText.represent(value, budget);
            case 'd', 'i', 'u' ->
                    value instanceof Double number
                            ? Numbers.narrow(Numbers.truncated(number))
                            : value;
            case 's', 'f', 'F', 'e', 'E', 'g', 'G', 'x', 'X', 'o' -> value;
            case 'c' -> value;
            default -> throw new TemplateFailure("unsupported format character '" + type + "'");
        };
    }

    private static FormatSpec spec(String flags, int width, int precision, char type) {
        boolean isText = List.of('s', 'r', 'a', 'c').contains(type);
        boolean isLeft = flags.contains("-");
        boolean isZeroed = flags.contains("0") && !isLeft && !isText;
        char alignment = isLeft ? '<' : isZeroed ? '=' : '>';
        char sign = flags.contains("+") ? '+' : flags.contains(" ") ? ' ' : '-';
        char letter = isText ? 's' : "iu".indexOf(type) >= 0 ? 'd' : type;
        return new FormatSpec(
                new FormatSpec.Layout(isZeroed ? '0' : ' ', alignment, width),
                sign,
                flags.contains("#"),
                (char) 0,
                precision,
                letter);
    }
}
