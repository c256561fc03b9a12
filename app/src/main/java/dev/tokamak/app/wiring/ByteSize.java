package dev.tokamak.app.wiring;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An amount of memory, written by people as `512M`, `1.5G` or `2GiB`: K, M, G and T are powers of 1,024. Immutable.
public record ByteSize(long bytes) {

    private static final Pattern FORM =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMGT]?)(?:I?B)?", Pattern.CASE_INSENSITIVE);

    private static final double MAX_BYTES = 0x1p62;

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size must not be negative: " + bytes);
        }
    }

    /// Reads what a person wrote.
    ///
    /// @throws IllegalArgumentException when it is not a number with an optional unit
    public static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a size such as 512M or 2G");
        }
        int exponent =
                matcher.group(2).isEmpty()
                        ? 0
                        : 1 + "KMGT".indexOf(matcher.group(2).toUpperCase(Locale.ROOT));
        double bytes = Double.parseDouble(matcher.group(1)) * Math.pow(1024, exponent);
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "'" + text + "' is more memory than any machine has");
        }
        return new ByteSize((long) bytes);
    }

    /// For people: three significant digits and a unit, for example `1.50 GiB`.
    @Override
    public String toString() {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        if (unit == 0) {
            return bytes + " bytes";
        }
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", value, units[unit]);
    }
}
