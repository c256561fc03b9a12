package dev.tokamak.models.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Text marked by `safe`: text that is added to it is escaped for HTML, as in jinja2. Everything else sees it as plain
/// text. Immutable.
record Markup(String text) {

    /// Returns the text of markup, and any other value as it is.
    static Object plain(Object value) {
        return value instanceof Markup markup ? markup.text() : value;
    }

    /// Returns the result of a text operation as markup when its subject was markup.
    static Object like(Object subject, Object result) {
        return subject instanceof Markup && result instanceof String text
                ? new Markup(text)
                : result;
    }

    static Arguments plain(Arguments arguments) {
        boolean hasMarkup =
                arguments.positional().stream().anyMatch(Markup.class::isInstance)
                        || arguments.named().values().stream().anyMatch(Markup.class::isInstance);
        if (!hasMarkup) {
            return arguments;
        }
        List<Object> positional = new ArrayList<>();
        arguments.positional().forEach(value -> positional.add(plain(value)));
        Map<String, Object> named = new LinkedHashMap<>();
        arguments.named().forEach((name, value) -> named.put(name, plain(value)));
        return new Arguments(positional, named);
    }

    /// Adds two texts of which at least one is markup.
    static Markup add(Object left, Object right, Budget budget) {
        String first = escaped(left, budget);
        String second = escaped(right, budget);
        budget.charge((long) first.length() + second.length());
        return new Markup(first + second);
    }

    private static String escaped(Object value, Budget budget) {
        return switch (value) {
            case Markup markup -> markup.text();
            case String text -> escape(text, budget);
            default ->
                    throw new TemplateFailure(
                            "can only concatenate str (not \""
                                    + Values.typeName(value)
                                    + "\") to str");
        };
    }

    static String escape(String text, Budget budget) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '\'' -> escaped.append("&#39;");
                case '"' -> escaped.append("&#34;");
                default -> escaped.append(character);
            }
        }
        return budget.charged(escaped.toString());
    }
}
