package dev.tokamak.models.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How Python sees the values of a template: their type, truth, length and elements. Immutable.
final class Values {

    private Values() {}

    static String typeName(Object value) {
        return switch (value) {
            case None _ -> "NoneType";
            case Boolean _ -> "bool";
            case String _, Markup _ -> "str";
            case Long _, BigInteger _ -> "int";
            case Double _ -> "float";
            case Tuple _ -> "tuple";
            case List<?> _ -> "list";
            case Map<?, ?> _ -> "dict";
            case Undefined _ -> "Undefined";
            case Generated _ -> "generator";
            case Namespace _ -> "Namespace";
            case Macro _ -> "Macro";
            case LoopState _ -> "LoopContext";
            default -> "function";
        };
    }

    /// Names a value as error messages about missing attributes do.
    static String describe(Object value) {
        return value == None.NONE ? "None" : typeName(value) + " object";
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case None _, Undefined _ -> false;
            case Boolean flag -> flag;
            case String text -> !text.isEmpty();
            case Markup markup -> !markup.text().isEmpty();
            case Long number -> number != 0;
            case Double number -> number != 0;
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof BigInteger;
    }

    static boolean isNumber(Object value) {
        return isInteger(value) || value instanceof Double || value instanceof Boolean;
    }

    /// Returns the value as a whole number that fits a Java long, or fails naming what it is for.
    static long requireLong(Object value, String subject) {
        return switch (value) {
            case Long number -> number;
            case Boolean flag -> flag ? 1 : 0;
            default ->
                    throw new TemplateFailure(
                            subject + " must be an integer, not " + typeName(value));
        };
    }

    static int codePointCount(String text) {
        return text.codePointCount(0, text.length());
    }

    static long length(Object value) {
        return switch (value) {
            case String text -> codePointCount(text);
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Generated generated -> generated.items().size();
            case Undefined _ -> 0;
            default ->
                    throw new TemplateFailure(
                            "object of type '" + typeName(value) + "' has no len()");
        };
    }

    static boolean isIterable(Object value) {
        return value instanceof String
                || value instanceof List
                || value instanceof Map
                || value instanceof Generated
                || value instanceof Undefined;
    }

    /// Returns the elements that a loop over the value visits: list items, map keys or characters.
    @SuppressWarnings("unchecked")
    static List<Object> iterate(Object value, Budget budget) {
        return switch (value) {
            case List<?> list -> (List<Object>) list;
            case Generated generated -> generated.items();
            case Map<?, ?> map -> {
                budget.chargeElements(map.size());
                yield new ArrayList<>(map.keySet());
            }
            case String text -> characters(text, budget);
            case Markup markup -> characters(markup.text(), budget);
            case Undefined _ -> List.of();
            default ->
                    throw new TemplateFailure("'" + typeName(value) + "' object is not iterable");
        };
    }

    private static List<Object> characters(String text, Budget budget) {
        budget.chargeElements(text.length());
        List<Object> characters = new ArrayList<>(text.length());
        text.codePoints().forEach(point -> characters.add(Character.toString(point)));
        return characters;
    }

    /// Returns the elements as a list of the template's own.
    static List<Object> newList(Object value, Budget budget) {
        List<Object> elements = iterate(value, budget);
        budget.chargeElements(elements.size());
        return new ArrayList<>(elements);
    }

    /// Returns the pairs of a map, each as a tuple of key and value.
    static List<Object> pairs(Map<?, ?> map, Budget budget) {
        budget.chargeElements(2L * map.size());
        List<Object> pairs = new ArrayList<>(map.size());
        map.forEach((key, value) -> pairs.add(new Tuple(List.of(key, value))));
        return pairs;
    }
}
