package dev.tokamak.models.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The filters on text. Immutable.
final class TextFilters {

    static final Map<String, Operation> FILTERS =
            Map.ofEntries(
                    Map.entry("string", (value, _, budget) -> PythonText.of(value, budget)),
                    Map.entry(
                            "safe", (value, _, budget) -> new Markup(PythonText.of(value, budget))),
                    Map.entry("trim", TextFilters::trim),
                    Map.entry("upper", (value, _, budget) -> upper(value, budget)),
                    Map.entry("lower", (value, _, budget) -> lower(value, budget)),
                    Map.entry("capitalize", (value, _, budget) -> capitalize(value, budget)),
                    Map.entry("title", (value, _, budget) -> title(value, budget)),
                    Map.entry("replace", TextFilters::replace),
                    Map.entry("indent", TextFilters::indent),
                    Map.entry("format", TextFilters::format),
                    Map.entry("center", TextFilters::center),
                    Map.entry("escape", (value, _, budget) -> escape(value, budget)),
                    Map.entry("e", (value, _, budget) -> escape(value, budget)),
                    Map.entry("wordcount", (value, _, budget) -> wordCount(value, budget)));

    private TextFilters() {}

    private static Object trim(Object value, Arguments arguments, Budget budget) {
        Object characters = arguments.value(0, "chars", None.NONE);
        return StringMethods.strip(PythonText.of(value, budget), characters, true, true);
    }

    private static Object upper(Object value, Budget budget) {
        return budget.charged(PythonText.of(value, budget).toUpperCase(Locale.ROOT));
    }

    private static Object lower(Object value, Budget budget) {
        return budget.charged(PythonText.of(value, budget).toLowerCase(Locale.ROOT));
    }

    private static Object capitalize(Object value, Budget budget) {
        return budget.charged(StringMethods.capitalize(PythonText.of(value, budget)));
    }

    /// Capitalises every word; words begin after blanks, hyphens and opening brackets only.
    private static Object title(Object value, Budget budget) {
        String text = PythonText.of(value, budget);
        StringBuilder result = new StringBuilder();
        boolean isStart = true;
        for (int point : text.codePoints().toArray()) {
            result.appendCodePoint(
                    isStart ? Character.toUpperCase(point) : Character.toLowerCase(point));
            isStart = PythonText.isSpace(point) || "-({[<".indexOf(point) >= 0;
        }
        return budget.charged(result.toString());
    }

    private static Object replace(Object value, Arguments arguments, Budget budget) {
        Object count = arguments.value(2, "count", None.NONE);
        return StringMethods.replace(
                PythonText.of(value, budget),
                PythonText.of(arguments.require(0, "old"), budget),
                PythonText.of(arguments.require(1, "new"), budget),
                count == None.NONE ? -1 : Values.requireLong(count, "count"),
                budget);
    }

    private static Object indent(Object value, Arguments arguments, Budget budget) {
        Object width = arguments.value(0, "width", 4L);
        String indentation =
                width instanceof String blanks
                        ? blanks
                        : FormatSpec.pad("", ' ', '<', Values.requireLong(width, "width"), budget);
        boolean indentsFirst = arguments.flag(1, "first", false);
        boolean indentsBlank = arguments.flag(2, "blank", false);
        List<Object> lines = StringMethods.lines(PythonText.of(value, budget) + "\n", false);
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < lines.size(); index++) {
            String line = (String) lines.get(index);
            boolean isIndented = index == 0 ? indentsFirst : indentsBlank || !line.isEmpty();
            long added = 1L + line.length() + (isIndented ? indentation.length() : 0);
            budget.charge(text.length() + added, added);
            text.append(index == 0 ? "" : "\n").append(isIndented ? indentation : "").append(line);
        }
        return text.toString();
    }

    private static Object format(Object value, Arguments arguments, Budget budget) {
        boolean isNamed = !arguments.named().isEmpty();
        Object values = isNamed ? arguments.named() : new Tuple(arguments.positional());
        return PercentFormat.format(PythonText.of(value, budget), values, budget);
    }

    private static Object center(Object value, Arguments arguments, Budget budget) {
        String text = PythonText.of(value, budget);
        return FormatSpec.pad(text, ' ', '^', arguments.integer(0, "width", 80), budget);
    }

    private static Object escape(Object value, Budget budget) {
        return new Markup(Markup.escape(PythonText.of(value, budget), budget));
    }

    private static Object wordCount(Object value, Budget budget) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        for (int point : (PythonText.of(value, budget) + " ").codePoints().toArray()) {
            if (Character.isLetterOrDigit(point) || point == '_') {
                word.appendCodePoint(point);
            } else if (!word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
            }
        }
        return (long) words.size();
    }
}
