package dev.tokamak.models.template;

import java.util.Map;

/// The tests after `is`. Immutable.
final class JinjaTests {

    /// A test that looks at nothing but the value.
    private interface Check {
        boolean holds(Object value);
    }

    private static final Map<String, Operation> TESTS =
            Map.ofEntries(
                    check("defined", value -> !(value instanceof Undefined)),
                    check("undefined", value -> value instanceof Undefined),
                    check("none", value -> value == None.NONE),
                    check("boolean", value -> value instanceof Boolean),
                    check("true", value -> Boolean.TRUE.equals(value)),
                    check("false", value -> Boolean.FALSE.equals(value)),
                    check("integer", Values::isInteger),
                    check("float", value -> value instanceof Double),
                    check("number", Values::isNumber),
                    check("string", value -> value instanceof String),
                    check("mapping", value -> value instanceof Map),
                    check("iterable", Values::isIterable),
                    check(
                            "sequence",
                            value -> Values.isIterable(value) && !(value instanceof Generated)),
                    check("callable", value -> value instanceof Function),
                    check("escaped", _ -> false),
                    check("odd", value -> remainder(value, 2) == 1),
                    check("even", value -> remainder(value, 2) == 0),
                    check(
                            "upper",
                            value -> value instanceof String text && StringMethods.isUpper(text)),
                    check(
                            "lower",
                            value -> value instanceof String text && StringMethods.isLower(text)),
                    check("filter", value -> value instanceof String name && Filters.has(name)),
                    check("test", value -> value instanceof String name && has(name)),
                    Map.entry("divisibleby", JinjaTests::isDivisible),
                    Map.entry("sameas", (value, arguments, _) -> isSame(value, arguments)),
                    comparison("==", "=="),
                    comparison("eq", "=="),
                    comparison("equalto", "=="),
                    comparison("!=", "!="),
                    comparison("ne", "!="),
                    comparison("<", "<"),
                    comparison("lt", "<"),
                    comparison("lessthan", "<"),
                    comparison("<=", "<="),
                    comparison("le", "<="),
                    comparison(">", ">"),
                    comparison("gt", ">"),
                    comparison("greaterthan", ">"),
                    comparison(">=", ">="),
                    comparison("ge", ">="),
                    comparison("in", "in"));

    private JinjaTests() {}

    static boolean has(String name) {
        return TESTS.containsKey(name);
    }

    static boolean apply(String name, Object value, Arguments arguments, Budget budget) {
        Operation test = TESTS.get(name);
        if (test == null) {
            throw new TemplateFailure("No test named '" + name + "' found.");
        }
        return Values.isTrue(test.apply(Markup.plain(value), Markup.plain(arguments), budget));
    }

    private static Map.Entry<String, Operation> check(String name, Check check) {
        return Map.entry(name, (value, _, _) -> check.holds(value));
    }

    private static Map.Entry<String, Operation> comparison(String name, String operator) {
        return Map.entry(
                name,
                (value, arguments, budget) ->
                        Operators.compare(value, operator, arguments.require(0, "other"), budget));
    }

    private static long remainder(Object value, long divisor) {
        Object number = Operators.requireNumber(value);
        return Numbers.modulo(number, divisor) instanceof Long remainder ? remainder : -1;
    }

    private static Object isDivisible(Object value, Arguments arguments, Budget budget) {
        Object divisor = Operators.requireNumber(arguments.require(0, "num"));
        return Operators.isEqual(
                Numbers.modulo(Operators.requireNumber(value), divisor), 0L, budget);
    }

    @SuppressWarnings("ReferenceEquality") // identity is what `sameas` asks for
    private static Object isSame(Object value, Arguments arguments) {
        Object other = arguments.require(0, "other");
        boolean isScalar = value instanceof String || Values.isNumber(value);
        return isScalar ? value.equals(other) : value == other;
    }
}
