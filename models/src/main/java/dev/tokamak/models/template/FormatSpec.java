package dev.tokamak.models.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/// How one value is written by `%` or `format`: Python's format mini-language. Immutable.
///
/// @param sign one of `+`, `-`, blank
/// @param grouping the thousands separator, or 0
/// @param precision digits, or negative when not given
/// @param type the conversion letter, or 0
record FormatSpec(
        Layout layout, char sign, boolean alternate, char grouping, int precision, char type) {

    static final int MAX_WIDTH = 10_000;

    /// How a written value fills its width. Immutable.
    ///
    /// @param alignment one of `<`, `>`, `^`, `=`, or 0 for the type's own
    record Layout(char fill, char alignment, int width) {}

    /// Reads `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
    static FormatSpec parse(String spec) {
        int index = 0;
        char fill = ' ';
        char alignment = 0;
        if (spec.length() > 1 && "<>^=".indexOf(spec.charAt(1)) >= 0) {
            fill = spec.charAt(0);
            alignment = spec.charAt(1);
            index = 2;
        } else if (!spec.isEmpty() && "<>^=".indexOf(spec.charAt(0)) >= 0) {
            alignment = spec.charAt(0);
            index = 1;
        }
        char sign = '-';
        if (isAt(spec, index, "+- ")) {
            sign = spec.charAt(index++);
        }
        boolean alternate = isAt(spec, index, "#");
        index += alternate ? 1 : 0;
        if (isAt(spec, index, "0")) {
            fill = alignment == 0 ? '0' : fill;
            alignment = alignment == 0 ? '=' : alignment;
            index++;
        }
        int widthEnd = digitsEnd(spec, index);
        int width = number(spec.substring(index, widthEnd), 0);
        index = widthEnd;
        char grouping = isAt(spec, index, ",_") ? spec.charAt(index++) : 0;
        int precision = -1;
        if (isAt(spec, index, ".")) {
            int end = digitsEnd(spec, index + 1);
            precision = number(spec.substring(index + 1, end), -1);
            index = end;
        }
        char type = index < spec.length() ? spec.charAt(index++) : 0;
        if (index < spec.length()) {
            throw new TemplateFailure("invalid format specifier '" + spec + "'");
        }
        return new FormatSpec(
                new Layout(fill, alignment, width), sign, alternate, grouping, precision, type);
    }

    private static boolean isAt(String spec, int index, String characters) {
        return index < spec.length() && characters.indexOf(spec.charAt(index)) >= 0;
    }

    static int digitsEnd(String text, int start) {
        int end = start;
        while (isAt(text, end, "0123456789")) {
            end++;
        }
        return end;
    }

    /// Reads a width or precision, with a fallback for no digits.
    static int number(String digits, int fallback) {
        if (digits.isEmpty()) {
            return fallback;
        }
        if (digits.length() > 5 || Integer.parseInt(digits) > MAX_WIDTH) {
            throw new TemplateFailure(
                    "a width of " + digits + " exceeds the limit of " + MAX_WIDTH);
        }
        return Integer.parseInt(digits);
    }

    String write(Object value, Budget budget) {
        boolean isText =
                type == 's'
                        || (type == 0 && !Values.isNumber(value))
                        || (type == 0 && value instanceof Boolean);
        if (isText) {
            String text = PythonText.of(value, budget);
            boolean isCut = precision >= 0 && precision < Values.codePointCount(text);
            String cut = isCut ? text.substring(0, text.offsetByCodePoints(0, precision)) : text;
            return padded(cut, '<', budget);
        }
        return padded(signed(value), '>', budget);
    }

    private String padded(String text, char ownAlignment, Budget budget) {
        char alignment = layout.alignment() == 0 ? ownAlignment : layout.alignment();
        return pad(text, layout.fill(), alignment, layout.width(), budget);
    }

    /// Fills a text up to a width; `=` puts the filling after a sign.
    static String pad(String text, char fill, char alignment, long width, Budget budget) {
        long missing = width - Values.codePointCount(text);
        if (missing <= 0) {
            return text;
        }
        budget.charge(width);
        int left =
                switch (alignment) {
                    case '<' -> 0;
                    case '^' -> (int) (missing / 2);
                    default -> (int) missing;
                };
        String before = String.valueOf(fill).repeat(left);
        String after = String.valueOf(fill).repeat((int) missing - left);
        boolean hasSign = alignment == '=' && !text.isEmpty() && "+-".indexOf(text.charAt(0)) >= 0;
        return hasSign ? text.charAt(0) + before + text.substring(1) : before + text + after;
    }

    private String signed(Object value) {
        if (!Values.isNumber(value)) {
            throw new TemplateFailure(
                    "format code '" + type + "' needs a number, not " + Values.typeName(value));
        }
        boolean isWhole = "dxXobcn".indexOf(type) >= 0 || (type == 0 && !(value instanceof Double));
        String digits = isWhole ? whole(value) : fraction(Numbers.toDouble(value));
        boolean isNegative = digits.startsWith("-");
        String magnitude = grouped(isNegative ? digits.substring(1) : digits);
        if (isNegative) {
            return "-" + magnitude;
        }
        return sign == '-' ? magnitude : sign + magnitude;
    }

    private String whole(Object value) {
        if (value instanceof Double) {
            throw new TemplateFailure("format code '" + type + "' needs an integer, not float");
        }
        BigInteger number = Numbers.toBig(value);
        String prefix = alternate ? "0" + type : "";
        return switch (type) {
            case 'x' -> prefix + number.toString(16);
            case 'X' -> prefix + number.toString(16).toUpperCase(Locale.ROOT);
            case 'o' -> prefix + number.toString(8);
            case 'b' -> prefix + number.toString(2);
            case 'c' ->
                    Character.toString(Math.clamp(number.longValue(), 0, Character.MAX_CODE_POINT));
            default -> number.toString();
        };
    }

    private String fraction(double number) {
        if (!Double.isFinite(number)) {
            return PythonText.ofDouble(number);
        }
        int digits = precision < 0 ? 6 : precision;
        return switch (type) {
            case 'f', 'F' -> fixed(number, digits);
            case '%' -> fixed(number * 100, digits) + "%";
            case 'e' -> exponential(number, digits);
            case 'E' -> exponential(number, digits).toUpperCase(Locale.ROOT);
            case 'g' -> general(number, digits);
            case 'G' -> general(number, digits).toUpperCase(Locale.ROOT);
            case 0 -> precision < 0 ? PythonText.ofDouble(number) : general(number, digits);
            default -> throw new TemplateFailure("unknown format code '" + type + "'");
        };
    }

    private static String fixed(double number, int digits) {
        String text =
                new BigDecimal(number).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
        boolean losesSign = (number < 0 || 1 / number < 0) && !text.startsWith("-");
        return losesSign ? "-" + text : text;
    }

    private static BigDecimal rounded(double number, int digits) {
        return new BigDecimal(number).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    }

    private static int exponentOf(BigDecimal number) {
        return number.signum() == 0 ? 0 : number.precision() - number.scale() - 1;
    }

    private static String exponential(double number, int digits) {
        BigDecimal decimal = rounded(number, digits + 1);
        int exponent = exponentOf(decimal);
        String mantissa =
                decimal.movePointLeft(exponent)
                        .setScale(digits, RoundingMode.HALF_EVEN)
                        .toPlainString();
        return mantissa + "e%s%02d".formatted(exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    private static String general(double number, int precision) {
        int digits = Math.max(1, precision);
        int exponent = exponentOf(rounded(number, digits));
        if (exponent >= -4 && exponent < digits) {
            return withoutZeros(fixed(number, digits - 1 - exponent));
        }
        String text = exponential(number, digits - 1);
        int mark = text.indexOf('e');
        return withoutZeros(text.substring(0, mark)) + text.substring(mark);
    }

    private static String withoutZeros(String decimal) {
        if (!decimal.contains(".")) {
            return decimal;
        }
        String text = decimal.replaceAll("0+$", "");
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    private String grouped(String digits) {
        if (grouping == 0) {
            return digits;
        }
        int end = digitsEnd(digits, 0);
        StringBuilder text = new StringBuilder(digits);
        for (int index = end - 3; index > 0; index -= 3) {
            text.insert(index, grouping);
        }
        return text.toString();
    }
}
