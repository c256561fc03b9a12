package dev.tokamak.models.template;

/// Python's `text.format(…)`, with fields by position or name, `!r`, `!s` and format specifiers. Confined to one
/// rendering.
final class BraceFormat {

    private final Arguments arguments;
    private final Budget budget;
    private int next;

    private BraceFormat(Arguments arguments, Budget budget) {
        this.arguments = arguments;
        this.budget = budget;
    }

    static Object format(String format, Arguments arguments, Budget budget) {
        return new BraceFormat(arguments, budget).format(format);
    }

    private String format(String format) {
        StringBuilder text = new StringBuilder();
        int index = 0;
        while (index < format.length()) {
            char character = format.charAt(index);
            boolean isBrace = character == '{' || character == '}';
            if (!isBrace || format.startsWith(String.valueOf(character).repeat(2), index)) {
                text.append(character);
                index += isBrace ? 2 : 1;
                continue;
            }
            int end = format.indexOf('}', index);
            if (character == '}' || end < 0) {
                throw new TemplateFailure("single '" + character + "' in format string");
            }
            String piece = field(format.substring(index + 1, end));
            budget.charge((long) text.length() + piece.length(), piece.length());
            text.append(piece);
            index = end + 1;
        }
        return budget.charged(text.toString());
    }

    private String field(String field) {
        int colon = field.indexOf(':');
        String spec = colon < 0 ? "" : field.substring(colon + 1);
        String reference = colon < 0 ? field : field.substring(0, colon);
        boolean isRepresented = reference.endsWith("!r");
        boolean isConverted = isRepresented || reference.endsWith("!s");
        String name = isConverted ? reference.substring(0, reference.length() - 2) : reference;
        Object value = value(name);
        if (isRepresented) {
            value = PythonText.represent(value, budget);
        }
        return FormatSpec.parse(spec).write(value, budget);
    }

    private Object value(String name) {
        if (name.isEmpty()) {
            return arguments.require(next++, "{}");
        }
        if (FormatSpec.digitsEnd(name, 0) == name.length()) {
            return arguments.require(FormatSpec.number(name, 0), name);
        }
        Object value = arguments.named().get(name);
        if (value == null) {
            throw new TemplateFailure("no value for '" + name + "' in format string");
        }
        return value;
    }
}
