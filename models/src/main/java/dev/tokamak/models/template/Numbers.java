package dev.tokamak.models.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/// Python's arithmetic on booleans, integers of any size (up to a limit) and floats. Immutable.
final class Numbers {

    private static final int MAX_INTEGER_BITS = 4096;
    private static final int MAX_DIGITS = 1000;
    private static final long SMALL = 1L << 31;

    private Numbers() {}

    /// Returns a long where the number fits, which is the only form of small integers inside the interpreter.
    static Object narrow(BigInteger number) {
        if (number.bitLength() < Long.SIZE) {
            return number.longValue();
        }
        if (number.bitLength() > MAX_INTEGER_BITS) {
            throw new TemplateFailure(
                    "an integer of "
                            + number.bitLength()
                            + " bits exceeds the limit of "
                            + MAX_INTEGER_BITS);
        }
        return number;
    }

    /// Reads a whole number as a template writes it, with `0x`, `0o` and `0b`.
    static Object ofLiteral(String literal) {
        boolean hasPrefix = literal.length() > 1 && Character.isLetter(literal.charAt(1));
        int radix =
                switch (hasPrefix ? Character.toLowerCase(literal.charAt(1)) : 0) {
                    case 0 -> 10;
                    case 'x' -> 16;
                    case 'o' -> 8;
                    default -> 2;
                };
        try {
            String digits = requireDigits(hasPrefix ? literal.substring(2) : literal);
            return narrow(new BigInteger(digits, radix));
        } catch (NumberFormatException _) {
            throw new TemplateFailure("'" + literal + "' is not a number");
        }
    }

    /// Refuses a row of digits that would take too long to read.
    static String requireDigits(String digits) {
        if (digits.length() > MAX_DIGITS) {
            throw new TemplateFailure(
                    "an integer of "
                            + digits.length()
                            + " digits exceeds the limit of "
                            + MAX_DIGITS);
        }
        return digits;
    }

    /// Returns the number without its fraction.
    static BigInteger truncated(double number) {
        return new BigDecimal(number).toBigInteger();
    }

    static double toDouble(Object value) {
        return switch (value) {
            case Boolean flag -> flag ? 1 : 0;
            case Number number -> number.doubleValue();
            default -> throw new TemplateFailure("must be a number, not " + Values.typeName(value));
        };
    }

    static BigInteger toBig(Object value) {
        return switch (value) {
            case BigInteger number -> number;
            case Long number -> BigInteger.valueOf(number);
            case Boolean flag -> flag ? BigInteger.ONE : BigInteger.ZERO;
            default ->
                    throw new TemplateFailure("must be an integer, not " + Values.typeName(value));
        };
    }

    static Object add(Object left, Object right) {
        if (isFloat(left, right)) {
            return toDouble(left) + toDouble(right);
        }
        if (left instanceof Long a && right instanceof Long b && isSmall(a, b)) {
            return a + b;
        }
        return narrow(toBig(left).add(toBig(right)));
    }

    static Object subtract(Object left, Object right) {
        if (isFloat(left, right)) {
            return toDouble(left) - toDouble(right);
        }
        if (left instanceof Long a && right instanceof Long b && isSmall(a, b)) {
            return a - b;
        }
        return narrow(toBig(left).subtract(toBig(right)));
    }

    static Object multiply(Object left, Object right) {
        if (isFloat(left, right)) {
            return toDouble(left) * toDouble(right);
        }
        return narrow(toBig(left).multiply(toBig(right)));
    }

    static Object divide(Object left, Object right) {
        double divisor = toDouble(right);
        if (divisor == 0) {
            throw new TemplateFailure("division by zero");
        }
        if (isFloat(left, right)) {
            return toDouble(left) / divisor;
        }
        return new BigDecimal(toBig(left))
                .divide(new BigDecimal(toBig(right)), MathContext.DECIMAL128)
                .doubleValue();
    }

    static Object floorDivide(Object left, Object right) {
        if (toDouble(right) == 0) {
            throw new TemplateFailure("integer division or modulo by zero");
        }
        if (isFloat(left, right)) {
            return Math.floor(toDouble(left) / toDouble(right));
        }
        BigInteger[] parts = toBig(left).divideAndRemainder(toBig(right));
        boolean roundDown = parts[1].signum() != 0 && parts[1].signum() != toBig(right).signum();
        return narrow(roundDown ? parts[0].subtract(BigInteger.ONE) : parts[0]);
    }

    static Object modulo(Object left, Object right) {
        if (toDouble(right) == 0) {
            throw new TemplateFailure("integer division or modulo by zero");
        }
        if (isFloat(left, right)) {
            double divisor = toDouble(right);
            double remainder = toDouble(left) % divisor;
            return remainder != 0 && (remainder < 0) != (divisor < 0)
                    ? remainder + divisor
                    : remainder;
        }
        BigInteger divisor = toBig(right);
        BigInteger remainder = toBig(left).mod(divisor.abs());
        return narrow(
                divisor.signum() < 0 && remainder.signum() != 0
                        ? remainder.add(divisor)
                        : remainder);
    }

    static Object power(Object left, Object right) {
        if (isFloat(left, right) || toDouble(right) < 0) {
            return Math.pow(toDouble(left), toDouble(right));
        }
        BigInteger base = toBig(left);
        BigInteger exponent = toBig(right);
        boolean isTrivial = base.abs().bitLength() <= 1;
        if (isTrivial) {
            boolean isOdd = exponent.testBit(0);
            return exponent.signum() == 0 ? 1L : narrow(isOdd ? base : base.abs());
        }
        if (exponent.bitLength() > 31
                || base.bitLength() * exponent.doubleValue() > 2 * MAX_INTEGER_BITS) {
            throw new TemplateFailure(
                    "a power exceeds the limit of " + MAX_INTEGER_BITS + " bits for integers");
        }
        return narrow(base.pow(exponent.intValue()));
    }

    static Object negate(Object value) {
        return value instanceof Double number ? (Object) (-number) : narrow(toBig(value).negate());
    }

    static int compare(Object left, Object right) {
        if (isFloat(left, right)) {
            double a = toDouble(left);
            double b = toDouble(right);
            return a < b ? -1 : a > b ? 1 : 0;
        }
        return toBig(left).compareTo(toBig(right));
    }

    private static boolean isFloat(Object left, Object right) {
        return left instanceof Double || right instanceof Double;
    }

    private static boolean isSmall(long a, long b) {
        return Math.abs(a) < SMALL && Math.abs(b) < SMALL;
    }

    /// Rounds half to even at this many decimals, as Python's `round`.
    static double round(double value, int decimals) {
        if (!Double.isFinite(value)) {
            return value;
        }
        return new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN).doubleValue();
    }
}
