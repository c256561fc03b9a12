package dev.tokamak.models.template;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes values as JSON the way Python's `json.dumps` does. Confined to one rendering.
final class JsonText {

    private final Budget budget;
    private final boolean escapesNonAscii;
    private final boolean sortsKeys;
    private final String itemSeparator;
    private final String keySeparator;
    private final String indent;
    private final boolean isIndented;
    private final StringBuilder text = new StringBuilder();

    private JsonText(Arguments arguments, Budget budget) {
        this.budget = budget;
        this.escapesNonAscii = arguments.flag(0, "ensure_ascii", false);
        Object indentation = arguments.value(1, "indent", None.NONE);
        this.isIndented = indentation != None.NONE;
        this.indent = indentOf(indentation);
        Object separators = arguments.value(2, "separators", None.NONE);
        boolean isCustom = separators instanceof List<?> list && list.size() == 2;
        List<?> pair = isCustom ? (List<?>) separators : List.of(isIndented ? "," : ", ", ": ");
        this.itemSeparator = PythonText.of(pair.get(0), budget);
        this.keySeparator = PythonText.of(pair.get(1), budget);
        this.sortsKeys = arguments.flag(3, "sort_keys", false);
    }

    private static String indentOf(Object indentation) {
        return switch (indentation) {
            case None _ -> "";
            case String blanks -> blanks;
            default -> " ".repeat(Math.clamp(Values.requireLong(indentation, "indent"), 0, 100));
        };
    }

    /// The filter `tojson(ensure_ascii=False, indent=None, separators=None, sort_keys=False)`.
    static Object write(Object value, Arguments arguments, Budget budget) {
        JsonText json = new JsonText(arguments, budget);
        json.append(value, 0);
        return budget.charged(json.text.toString());
    }

    private void append(Object value, int depth) {
        budget.step();
        Budget.requireDepth(depth);
        switch (value) {
            case None _ -> text.append("null");
            case Boolean flag -> text.append(flag.booleanValue());
            case Double number -> text.append(number(number));
            case Number number -> text.append(number);
            case String string -> appendString(string);
            case Markup markup -> appendString(markup.text());
            case List<?> list -> appendList(list, depth);
            case Map<?, ?> map -> appendMap(map, depth);
            default ->
                    throw new TemplateFailure(
                            "Object of type "
                                    + Values.typeName(value)
                                    + " is not JSON serializable");
        }
        budget.charge(text.length(), 0);
    }

    private static String number(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        return PythonText.ofDouble(number);
    }

    private void appendList(List<?> list, int depth) {
        if (list.isEmpty()) {
            text.append("[]");
            return;
        }
        text.append('[');
        boolean isFirst = true;
        for (Object item : list) {
            appendSeparator(isFirst, depth + 1);
            append(item, depth + 1);
            isFirst = false;
        }
        appendNewline(depth);
        text.append(']');
    }

    private void appendMap(Map<?, ?> map, int depth) {
        if (map.isEmpty()) {
            text.append("{}");
            return;
        }
        text.append('{');
        boolean isFirst = true;
        for (Map.Entry<?, ?> entry : (sortsKeys ? sorted(map) : map).entrySet()) {
            appendSeparator(isFirst, depth + 1);
            appendString(key(entry.getKey()));
            text.append(keySeparator);
            append(entry.getValue(), depth + 1);
            isFirst = false;
        }
        appendNewline(depth);
        text.append('}');
    }

    private static Map<?, ?> sorted(Map<?, ?> map) {
        Map<String, Object> sorted = new TreeMap<>(TextSearch::compare);
        map.forEach((key, value) -> sorted.put(key(key), value));
        return sorted;
    }

    private static String key(Object key) {
        return switch (key) {
            case String string -> string;
            case None _ -> "null";
            case Double number -> number(number);
            default -> key.toString();
        };
    }

    private void appendSeparator(boolean isFirst, int depth) {
        if (!isFirst) {
            text.append(itemSeparator);
        }
        appendNewline(depth);
    }

    private void appendNewline(int depth) {
        if (isIndented) {
            budget.charge((long) text.length() + (long) depth * indent.length(), 0);
            text.append('\n').repeat(indent, depth);
        }
    }

    private void appendString(String string) {
        text.append('"');
        for (int index = 0; index < string.length(); index++) {
            char character = string.charAt(index);
            switch (character) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                default -> {
                    if (character < ' ' || (escapesNonAscii && character > '~')) {
                        text.append("\\u%04x".formatted((int) character));
                    } else {
                        text.append(character);
                    }
                }
            }
        }
        text.append('"');
    }
}
