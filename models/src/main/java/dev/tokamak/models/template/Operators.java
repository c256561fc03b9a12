package dev.tokamak.models.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Python's operators: arithmetic on numbers, texts and lists, equality, order and membership. Immutable.
final class Operators {

    private Operators() {}

    static Object arithmetic(Object left, String operator, Object right, Budget budget) {
        if (operator.equals("+") && left instanceof String a && right instanceof String b) {
            budget.charge((long) a.length() + b.length());
            return a + b;
        }
        if (operator.equals("+") && (left instanceof Markup || right instanceof Markup)) {
            requireDefined(left);
            requireDefined(right);
            return Markup.add(left, right, budget);
        }
        if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
            return joined(a, b, budget);
        }
        return plainArithmetic(Markup.plain(left), operator, Markup.plain(right), budget);
    }

    private static Object plainArithmetic(
            Object left, String operator, Object right, Budget budget) {
        if (operator.equals("*") && isRepeatable(left) && Values.isInteger(right)) {
            return repeated(left, Values.requireLong(right, "a repeat count"), budget);
        }
        if (operator.equals("*") && Values.isInteger(left) && isRepeatable(right)) {
            return repeated(right, Values.requireLong(left, "a repeat count"), budget);
        }
        if (operator.equals("%") && left instanceof String format) {
            return PercentFormat.format(format, right, budget);
        }
        requireDefined(left);
        requireDefined(right);
        if (!Values.isNumber(left) || !Values.isNumber(right)) {
            throw unsupported(left, operator, right);
        }
        return switch (operator) {
            case "+" -> Numbers.add(left, right);
            case "-" -> Numbers.subtract(left, right);
            case "*" -> Numbers.multiply(left, right);
            case "/" -> Numbers.divide(left, right);
            case "//" -> Numbers.floorDivide(left, right);
            case "%" -> Numbers.modulo(left, right);
            default -> Numbers.power(left, right);
        };
    }

    private static TemplateFailure unsupported(Object left, String operator, Object right) {
        String rightType = Values.typeName(right);
        if (operator.equals("+") && (left instanceof String || left instanceof List)) {
            String type = Values.typeName(left);
            return new TemplateFailure(
                    "can only concatenate " + type + " (not \"" + rightType + "\") to " + type);
        }
        return new TemplateFailure(
                "unsupported operand type(s) for "
                        + operator
                        + ": '"
                        + Values.typeName(left)
                        + "' and '"
                        + rightType
                        + "'");
    }

    static void requireDefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw new TemplateFailure(undefined.message());
        }
    }

    static Object requireNumber(Object value) {
        requireDefined(value);
        if (!Values.isNumber(value)) {
            throw new TemplateFailure(
                    "bad operand type for a sign: '" + Values.typeName(value) + "'");
        }
        return value instanceof Boolean flag ? (Object) (flag ? 1L : 0L) : value;
    }

    /// Returns a value that may be the key of a map, or fails.
    static Object requireKey(Object value) {
        Object key = Markup.plain(value);
        if (isKey(key)) {
            return key;
        }
        throw new TemplateFailure(
                "a key of type '" + Values.typeName(value) + "' is not supported");
    }

    /// Whether a value can be a key; hashing others could take time without end.
    private static boolean isKey(Object value) {
        return value instanceof String || value == None.NONE || Values.isNumber(value);
    }

    /// Returns what a map holds for a key, or null when it holds nothing.
    static @Nullable Object find(Map<?, ?> map, Object key) {
        Object plain = Markup.plain(key);
        return isKey(plain) ? map.get(plain) : null;
    }

    private static Object joined(List<?> left, List<?> right, Budget budget) {
        if (left instanceof Tuple != right instanceof Tuple) {
            throw unsupported(left, "+", right);
        }
        budget.chargeElements((long) left.size() + right.size());
        List<Object> items = new ArrayList<>(left);
        items.addAll(right);
        return left instanceof Tuple ? new Tuple(items) : items;
    }

    private static boolean isRepeatable(Object value) {
        return value instanceof String || value instanceof List;
    }

    private static Object repeated(Object value, long count, Budget budget) {
        long times = Math.max(0, Math.min(count, Integer.MAX_VALUE));
        if (value instanceof String text) {
            budget.charge(text.length() * times);
            return text.repeat((int) times);
        }
        List<?> list = (List<?>) value;
        budget.chargeElements(list.size() * times);
        List<Object> items = new ArrayList<>();
        for (long round = 0; round < times && !list.isEmpty(); round++) {
            items.addAll(list);
        }
        return value instanceof Tuple ? new Tuple(items) : items;
    }

    static boolean compare(Object first, String operator, Object second, Budget budget) {
        Object left = Markup.plain(first);
        Object right = Markup.plain(second);
        return switch (operator) {
            case "==" -> isEqual(left, right, budget);
            case "!=" -> !isEqual(left, right, budget);
            case "in" -> contains(right, left, budget);
            case "not in" -> !contains(right, left, budget);
            case "<" -> order(left, operator, right, budget) < 0;
            case "<=" -> order(left, operator, right, budget) <= 0;
            case ">" -> order(left, operator, right, budget) > 0;
            default -> order(left, operator, right, budget) >= 0;
        };
    }

    static boolean isEqual(Object left, Object right, Budget budget) {
        return isEqual(Markup.plain(left), Markup.plain(right), budget, 0);
    }

    private static boolean isEqual(Object left, Object right, Budget budget, int depth) {
        budget.step();
        Budget.requireDepth(depth);
        if (left instanceof String a && right instanceof String b) {
            budget.scan(a);
            return a.equals(b);
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return Numbers.compare(left, right) == 0;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return a instanceof Tuple == b instanceof Tuple && haveEqualItems(a, b, budget, depth);
        }
        if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            return haveEqualEntries(a, b, budget, depth);
        }
        return (left instanceof Undefined && right instanceof Undefined)
                || (left == None.NONE && right == None.NONE);
    }

    private static boolean haveEqualItems(List<?> left, List<?> right, Budget budget, int depth) {
        if (left.size() != right.size()) {
            return false;
        }
        Iterator<?> others = right.iterator();
        for (Object item : left) {
            if (!isEqual(item, others.next(), budget, depth + 1)) {
                return false;
            }
        }
        return true;
    }

    private static boolean haveEqualEntries(
            Map<?, ?> left, Map<?, ?> right, Budget budget, int depth) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Map.Entry<?, ?> entry : left.entrySet()) {
            Object other = right.get(entry.getKey());
            if (other == null || !isEqual(entry.getValue(), other, budget, depth + 1)) {
                return false;
            }
        }
        return true;
    }

    static boolean contains(Object container, Object value, Budget budget) {
        return switch (container) {
            case String text -> {
                if (!(value instanceof String part)) {
                    requireDefined(value);
                    throw new TemplateFailure(
                            "'in <string>' requires string as left operand, not "
                                    + Values.typeName(value));
                }
                budget.scan(text);
                yield TextSearch.indexOf(text, part, 0) >= 0;
            }
            case Map<?, ?> map -> find(map, value) != null;
            case List<?> list -> containsItem(list, value, budget);
            case Generated generated -> containsItem(generated.items(), value, budget);
            case Undefined _ -> false;
            default ->
                    throw new TemplateFailure(
                            "argument of type '"
                                    + Values.typeName(container)
                                    + "' is not iterable");
        };
    }

    private static boolean containsItem(List<?> list, Object value, Budget budget) {
        for (Object item : list) {
            if (isEqual(item, value, budget)) {
                return true;
            }
        }
        return false;
    }

    /// Compares two values as `<` does: a negative number, zero or a positive one.
    static int order(Object left, String operator, Object right, Budget budget) {
        budget.step();
        requireDefined(left);
        requireDefined(right);
        if (left instanceof String a && right instanceof String b) {
            budget.scan(a);
            return TextSearch.compare(a, b);
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return Numbers.compare(left, right);
        }
        if (left instanceof List<?> a
                && right instanceof List<?> b
                && a instanceof Tuple == b instanceof Tuple) {
            return orderLists(a, operator, b, budget);
        }
        throw new TemplateFailure(
                "'"
                        + operator
                        + "' not supported between instances of '"
                        + Values.typeName(left)
                        + "' and '"
                        + Values.typeName(right)
                        + "'");
    }

    private static int orderLists(List<?> left, String operator, List<?> right, Budget budget) {
        Iterator<?> others = right.iterator();
        for (Object item : left) {
            if (!others.hasNext()) {
                return 1;
            }
            Object other = others.next();
            if (!isEqual(item, other, budget)) {
                return order(item, operator, other, budget);
            }
        }
        return others.hasNext() ? -1 : 0;
    }
}
