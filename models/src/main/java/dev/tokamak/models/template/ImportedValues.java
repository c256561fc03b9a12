package dev.tokamak.models.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns a caller's Java values into values of the interpreter, copied so that no rendering can touch the caller's.
/// Immutable.
final class ImportedValues {

    private ImportedValues() {}

    static Map<String, Object> variables(Map<String, ?> variables) {
        Map<String, Object> imported = new LinkedHashMap<>();
        variables.forEach((name, value) -> imported.put(name, value(value, name, 1)));
        return imported;
    }

    private static Object value(@Nullable Object value, String variable, int depth) {
        if (depth > Budget.MAX_NESTING) {
            throw new TemplateFailure(
                    "variable '"
                            + variable
                            + "' exceeds the limit of "
                            + Budget.MAX_NESTING
                            + " nested levels");
        }
        return switch (value) {
            case null -> None.NONE;
            case String text -> text;
            case Boolean flag -> flag;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Short number -> number.longValue();
            case Byte number -> number.longValue();
            case Double number -> number;
            case Float number -> number.doubleValue();
            case BigInteger number -> Numbers.narrow(number);
            case BigDecimal number -> number.doubleValue();
            case Map<?, ?> map -> map(map, variable, depth);
            case Collection<?> items -> list(items, variable, depth);
            default ->
                    throw new TemplateFailure(
                            "variable '"
                                    + variable
                                    + "' holds a "
                                    + value.getClass().getName()
                                    + "; templates take text, booleans, numbers, lists and maps");
        };
    }

    private static Map<Object, Object> map(Map<?, ?> map, String variable, int depth) {
        Map<Object, Object> imported = new LinkedHashMap<>();
        map.forEach(
                (key, value) ->
                        imported.put(
                                Operators.requireKey(value(key, variable, depth + 1)),
                                value(value, variable, depth + 1)));
        return imported;
    }

    private static List<Object> list(Collection<?> items, String variable, int depth) {
        List<Object> imported = new ArrayList<>(items.size());
        items.forEach(item -> imported.add(value(item, variable, depth + 1)));
        return imported;
    }
}
