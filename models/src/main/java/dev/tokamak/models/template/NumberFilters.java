package dev.tokamak.models.template;

import java.math.BigInteger;
import java.util.Map;

/// The filters on numbers. Immutable.
final class NumberFilters {

    static final Map<String, Operation> FILTERS =
            Map.of(
                    "int", NumberFilters::toInteger,
                    "float", NumberFilters::toFloat,
                    "abs", (value, _, _) -> absolute(value),
                    "round", NumberFilters::round);

    private static final int MAX_ROUNDED_DECIMALS = 300;

    private NumberFilters() {}

    private static Object toInteger(Object value, Arguments arguments, Budget budget) {
        Operators.requireDefined(value);
        Object fallback = arguments.value(0, "default", 0L);
        long radix = arguments.integer(1, "base", 10);
        return switch (value) {
            case Boolean flag -> flag ? 1L : 0L;
            case Double number ->
                    Double.isFinite(number) ? Numbers.narrow(Numbers.truncated(number)) : fallback;
            case Number number -> number;
            case String text -> parseInteger(text, radix, fallback);
            default -> fallback;
        };
    }

    private static Object parseInteger(String text, long radix, Object fallback) {
        String digits = StringMethods.strip(text, None.NONE, true, true);
        try {
            String plain = radix == 16 && digits.startsWith("0x") ? digits.substring(2) : digits;
            return Numbers.narrow(new BigInteger(Numbers.requireDigits(plain), (int) radix));
        } catch (NumberFormatException _) {
            return parseFloat(digits) instanceof Double number && Double.isFinite(number)
                    ? Numbers.narrow(Numbers.truncated(number))
                    : fallback;
        }
    }

    private static Object toFloat(Object value, Arguments arguments, Budget budget) {
        Operators.requireDefined(value);
        Object fallback = arguments.value(0, "default", 0.0);
        if (Values.isNumber(value)) {
            return Numbers.toDouble(value);
        }
        Object parsed = value instanceof String text ? parseFloat(text) : None.NONE;
        return parsed == None.NONE ? fallback : parsed;
    }

    /// Reads a float as Python does, or returns None; Java alone would also take `1f` and hexadecimal floats.
    private static Object parseFloat(String text) {
        String digits = StringMethods.strip(text, None.NONE, true, true);
        boolean isPlain =
                !digits.isEmpty()
                        && digits.chars().allMatch(c -> "0123456789+-.eE".indexOf(c) >= 0);
        if (!isPlain) {
            return None.NONE;
        }
        try {
            return Double.parseDouble(digits);
        } catch (NumberFormatException _) {
            return None.NONE;
        }
    }

    private static Object absolute(Object value) {
        Object number = Operators.requireNumber(value);
        return Numbers.compare(number, 0L) < 0 ? Numbers.negate(number) : number;
    }

    private static Object round(Object value, Arguments arguments, Budget budget) {
        Object number = Operators.requireNumber(value);
        int decimals =
                Math.clamp(
                        arguments.integer(0, "precision", 0),
                        -MAX_ROUNDED_DECIMALS,
                        MAX_ROUNDED_DECIMALS);
        Object method = arguments.value(1, "method", "common");
        if (method.equals("common")) {
            return number instanceof Double fraction ? Numbers.round(fraction, decimals) : number;
        }
        double scale = Math.pow(10, decimals);
        double scaled = Numbers.toDouble(number) * scale;
        return (method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / scale;
    }
}
