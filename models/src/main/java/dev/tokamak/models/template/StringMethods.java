package dev.tokamak.models.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The methods of Python's `str` that templates use. Immutable.
final class StringMethods {

    private static final Map<String, Operation> METHODS =
            Map.ofEntries(
                    method("strip", (text, arguments, _) -> strip(text, arguments, true, true)),
                    method("lstrip", (text, arguments, _) -> strip(text, arguments, true, false)),
                    method("rstrip", (text, arguments, _) -> strip(text, arguments, false, true)),
                    method(
                            "split",
                            (text, arguments, budget) -> split(text, arguments, false, budget)),
                    method(
                            "rsplit",
                            (text, arguments, budget) -> split(text, arguments, true, budget)),
                    method("splitlines", StringMethods::splitLines),
                    method("partition", (text, arguments, _) -> partition(text, arguments, false)),
                    method("rpartition", (text, arguments, _) -> partition(text, arguments, true)),
                    method("startswith", (text, arguments, _) -> hasAffix(text, arguments, true)),
                    method("endswith", (text, arguments, _) -> hasAffix(text, arguments, false)),
                    method("removeprefix", (text, arguments, _) -> removePrefix(text, arguments)),
                    method("removesuffix", (text, arguments, _) -> removeSuffix(text, arguments)),
                    method("replace", StringMethods::replace),
                    method("upper", (text, _, _) -> text.toUpperCase(Locale.ROOT)),
                    method("lower", (text, _, _) -> text.toLowerCase(Locale.ROOT)),
                    method("casefold", (text, _, _) -> text.toLowerCase(Locale.ROOT)),
                    method("title", (text, _, _) -> title(text)),
                    method("capitalize", (text, _, _) -> capitalize(text)),
                    method("swapcase", (text, _, _) -> swapCase(text)),
                    method("join", StringMethods::join),
                    method("find", (text, arguments, _) -> find(text, arguments, false)),
                    method("rfind", (text, arguments, _) -> find(text, arguments, true)),
                    method("index", (text, arguments, _) -> index(text, arguments)),
                    method("count", (text, arguments, _) -> count(text, arguments)),
                    method("format", BraceFormat::format),
                    method("ljust", (text, arguments, budget) -> pad(text, arguments, '<', budget)),
                    method("rjust", (text, arguments, budget) -> pad(text, arguments, '>', budget)),
                    method(
                            "center",
                            (text, arguments, budget) -> pad(text, arguments, '^', budget)),
                    method("zfill", StringMethods::zeroFill),
                    method("isdigit", (text, _, _) -> consistsOf(text, Character::isDigit)),
                    method("isdecimal", (text, _, _) -> consistsOf(text, Character::isDigit)),
                    method("isnumeric", (text, _, _) -> consistsOf(text, Character::isDigit)),
                    method("isalpha", (text, _, _) -> consistsOf(text, Character::isLetter)),
                    method("isalnum", (text, _, _) -> consistsOf(text, Character::isLetterOrDigit)),
                    method("isspace", (text, _, _) -> consistsOf(text, PythonText::isSpace)),
                    method("isupper", (text, _, _) -> isUpper(text)),
                    method("islower", (text, _, _) -> isLower(text)));

    private StringMethods() {}

    /// A method body that sees its subject as text.
    private interface TextOperation {
        Object apply(String text, Arguments arguments, Budget budget);
    }

    private static Map.Entry<String, Operation> method(String name, TextOperation body) {
        return Map.entry(
                name,
                (subject, arguments, budget) -> body.apply((String) subject, arguments, budget));
    }

    static @Nullable Operation find(String name) {
        return METHODS.get(name);
    }

    private static String strip(String text, Arguments arguments, boolean left, boolean right) {
        return strip(text, arguments.value(0, "chars", None.NONE), left, right);
    }

    /// Removes blanks, or the characters given, from the ends of a text.
    static String strip(String text, Object characters, boolean left, boolean right) {
        IntPredicate isStripped =
                characters instanceof String set
                        ? point -> set.indexOf(point) >= 0
                        : PythonText::isSpace;
        int start = 0;
        int end = text.length();
        while (left && start < end && isStripped.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && end > start && isStripped.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    private static Object split(
            String text, Arguments arguments, boolean fromRight, Budget budget) {
        Object separator = arguments.value(0, "sep", None.NONE);
        long limit = arguments.integer(1, "maxsplit", -1);
        long splits = limit < 0 ? Long.MAX_VALUE : limit;
        List<Object> parts;
        if (separator == None.NONE) {
            parts = fromRight ? splitBlanksRight(text, splits) : splitBlanks(text, splits);
        } else {
            String mark = arguments.text(0, "sep");
            if (mark.isEmpty()) {
                throw new TemplateFailure("empty separator");
            }
            parts = fromRight ? splitRight(text, mark, splits) : split(text, mark, splits);
        }
        budget.chargeElements(parts.size());
        budget.charge(text.length());
        return parts;
    }

    private static List<Object> split(String text, String mark, long splits) {
        List<Object> parts = new ArrayList<>();
        int start = 0;
        int found = TextSearch.indexOf(text, mark, 0);
        while (found >= 0 && parts.size() < splits) {
            parts.add(text.substring(start, found));
            start = found + mark.length();
            found = TextSearch.indexOf(text, mark, start);
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static List<Object> splitRight(String text, String mark, long splits) {
        String reversedMark = new StringBuilder(mark).reverse().toString();
        List<Object> parts = new ArrayList<>();
        for (Object part :
                split(new StringBuilder(text).reverse().toString(), reversedMark, splits)) {
            parts.add(new StringBuilder((String) part).reverse().toString());
        }
        return parts.reversed();
    }

    private static List<Object> splitBlanks(String text, long splits) {
        List<Object> parts = new ArrayList<>();
        String rest = strip(text, None.NONE, true, false);
        int start = text.length() - rest.length();
        while (start < text.length() && parts.size() < splits) {
            int end = start;
            while (end < text.length() && !PythonText.isSpace(text.charAt(end))) {
                end++;
            }
            parts.add(text.substring(start, end));
            start = end;
            while (start < text.length() && PythonText.isSpace(text.charAt(start))) {
                start++;
            }
        }
        if (start < text.length()) {
            parts.add(text.substring(start));
        }
        return parts;
    }

    private static List<Object> splitBlanksRight(String text, long splits) {
        List<Object> parts = new ArrayList<>();
        for (Object part : splitBlanks(new StringBuilder(text).reverse().toString(), splits)) {
            parts.add(new StringBuilder((String) part).reverse().toString());
        }
        return parts.reversed();
    }

    private static Object splitLines(String text, Arguments arguments, Budget budget) {
        boolean keepsEnds = arguments.flag(0, "keepends", false);
        List<Object> lines = lines(text, keepsEnds);
        budget.chargeElements(lines.size());
        budget.charge(text.length());
        return lines;
    }

    /// Cuts a text at every line end that Python knows.
    static List<Object> lines(String text, boolean keepsEnds) {
        List<Object> lines = new ArrayList<>();
        int start = 0;
        int index = 0;
        while (index < text.length()) {
            char character = text.charAt(index);
            index++;
            if (!isLineEnd(character)) {
                continue;
            }
            int end = index - 1;
            if (character == '\r' && index < text.length() && text.charAt(index) == '\n') {
                index++;
            }
            lines.add(text.substring(start, keepsEnds ? index : end));
            start = index;
        }
        if (start < text.length()) {
            lines.add(text.substring(start));
        }
        return lines;
    }

    private static boolean isLineEnd(char character) {
        return (character >= 0x0a && character <= 0x0d)
                || (character >= 0x1c && character <= 0x1e)
                || character == 0x85
                || character == 0x2028
                || character == 0x2029;
    }

    private static Object partition(String text, Arguments arguments, boolean fromRight) {
        String mark = arguments.text(0, "sep");
        if (mark.isEmpty()) {
            throw new TemplateFailure("empty separator");
        }
        List<Object> parts = fromRight ? splitRight(text, mark, 1) : split(text, mark, 1);
        if (parts.size() == 2) {
            return new Tuple(List.of(parts.getFirst(), mark, parts.getLast()));
        }
        return new Tuple(fromRight ? List.of("", "", text) : List.of(text, "", ""));
    }

    private static Object hasAffix(String text, Arguments arguments, boolean atStart) {
        Object affix = arguments.require(0, "prefix");
        List<?> affixes = affix instanceof Tuple several ? several : List.of(affix);
        for (Object candidate : affixes) {
            Operators.requireDefined(candidate);
            if (!(candidate instanceof String part)) {
                throw new TemplateFailure(
                        (atStart ? "startswith" : "endswith")
                                + " first arg must be str or a tuple of str, not "
                                + Values.typeName(candidate));
            }
            if (atStart ? text.startsWith(part) : text.endsWith(part)) {
                return true;
            }
        }
        return false;
    }

    private static Object removePrefix(String text, Arguments arguments) {
        String prefix = arguments.text(0, "prefix");
        return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    }

    private static Object removeSuffix(String text, Arguments arguments) {
        String suffix = arguments.text(0, "suffix");
        return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
    }

    private static Object replace(String text, Arguments arguments, Budget budget) {
        long count = arguments.integer(2, "count", -1);
        return replace(text, arguments.text(0, "old"), arguments.text(1, "new"), count, budget);
    }

    /// Replaces the first occurrences, or all when the count is negative.
    static String replace(String text, String old, String replacement, long count, Budget budget) {
        long limit = count < 0 ? Long.MAX_VALUE : count;
        if (old.isEmpty()) {
            return replaceGaps(text, replacement, limit, budget);
        }
        List<Object> parts = split(text, old, limit);
        long added = (long) (parts.size() - 1) * (replacement.length() - old.length());
        budget.charge(text.length() + added);
        StringBuilder result = new StringBuilder();
        String separator = "";
        for (Object part : parts) {
            result.append(separator).append((String) part);
            separator = replacement;
        }
        return result.toString();
    }

    private static String replaceGaps(String text, String replacement, long limit, Budget budget) {
        budget.charge(text.length() + Math.min(limit, text.length() + 1L) * replacement.length());
        StringBuilder result = new StringBuilder();
        int index = 0;
        for (long done = 0; done < limit && index <= text.length(); done++) {
            result.append(replacement);
            if (index == text.length()) {
                return result.toString();
            }
            int next = text.offsetByCodePoints(index, 1);
            result.append(text, index, next);
            index = next;
        }
        return result.append(text, index, text.length()).toString();
    }

    private static String title(String text) {
        StringBuilder result = new StringBuilder();
        boolean isInWord = false;
        for (int point : text.codePoints().toArray()) {
            result.appendCodePoint(
                    isInWord ? Character.toLowerCase(point) : Character.toTitleCase(point));
            isInWord = Character.isLetter(point);
        }
        return result.toString();
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int end = text.offsetByCodePoints(0, 1);
        return text.substring(0, end).toUpperCase(Locale.ROOT)
                + text.substring(end).toLowerCase(Locale.ROOT);
    }

    private static String swapCase(String text) {
        StringBuilder result = new StringBuilder();
        text.codePoints()
                .map(
                        point ->
                                Character.isUpperCase(point)
                                        ? Character.toLowerCase(point)
                                        : Character.toUpperCase(point))
                .forEach(result::appendCodePoint);
        return result.toString();
    }

    private static Object join(String separator, Arguments arguments, Budget budget) {
        List<Object> items = Values.iterate(arguments.require(0, "iterable"), budget);
        for (int index = 0; index < items.size(); index++) {
            String type = Values.typeName(items.get(index));
            if (!type.equals("str")) {
                throw new TemplateFailure(
                        "sequence item " + index + ": expected str instance, " + type + " found");
            }
        }
        return SequenceFilters.join(items, separator, budget);
    }

    private static long find(String text, Arguments arguments, boolean fromRight) {
        String part = arguments.text(0, "sub");
        if (fromRight) {
            List<Object> parts = part.isEmpty() ? List.of(text) : splitRight(text, part, 1);
            boolean isFound = part.isEmpty() || parts.size() == 2;
            return isFound ? Values.codePointCount((String) parts.getFirst()) : -1;
        }
        long start = Math.clamp(arguments.integer(1, "start", 0), 0, Values.codePointCount(text));
        int found = TextSearch.indexOf(text, part, text.offsetByCodePoints(0, (int) start));
        return found < 0 ? -1 : text.codePointCount(0, found);
    }

    private static Object index(String text, Arguments arguments) {
        long found = find(text, arguments, false);
        if (found < 0) {
            throw new TemplateFailure("substring not found");
        }
        return found;
    }

    private static Object count(String text, Arguments arguments) {
        String part = arguments.text(0, "sub");
        return part.isEmpty()
                ? Values.codePointCount(text) + 1L
                : split(text, part, Long.MAX_VALUE).size() - 1L;
    }

    private static Object pad(String text, Arguments arguments, char alignment, Budget budget) {
        long width = arguments.integer(0, "width", 0);
        return FormatSpec.pad(text, ' ', alignment, width, budget);
    }

    private static Object zeroFill(String text, Arguments arguments, Budget budget) {
        return FormatSpec.pad(text, '0', '=', arguments.integer(0, "width", 0), budget);
    }

    private static boolean consistsOf(String text, IntPredicate predicate) {
        return !text.isEmpty() && text.codePoints().allMatch(predicate);
    }

    static boolean isUpper(String text) {
        return text.codePoints().anyMatch(Character::isUpperCase)
                && text.codePoints().noneMatch(Character::isLowerCase);
    }

    static boolean isLower(String text) {
        return text.codePoints().anyMatch(Character::isLowerCase)
                && text.codePoints().noneMatch(Character::isUpperCase);
    }
}
