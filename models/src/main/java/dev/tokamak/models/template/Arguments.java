package dev.tokamak.models.template;

import java.util.List;
import java.util.Map;

/// The values of one call, by position and by name. Immutable.
record Arguments(List<Object> positional, Map<String, Object> named) {

    static final Arguments EMPTY = new Arguments(List.of(), Map.of());

    /// Returns the argument at this position or of this name, or the fallback when the call does not give it.
    Object value(int position, String name, Object fallback) {
        if (position < positional.size()) {
            return positional.get(position);
        }
        return named.getOrDefault(name, fallback);
    }

    Object require(int position, String name) {
        if (position >= positional.size() && !named.containsKey(name)) {
            throw new TemplateFailure(
                    "missing argument '" + name + "' (number " + (position + 1) + ")");
        }
        return value(position, name, None.NONE);
    }

    boolean flag(int position, String name, boolean fallback) {
        return Values.isTrue(value(position, name, fallback));
    }

    long integer(int position, String name, long fallback) {
        return Values.requireLong(value(position, name, fallback), "argument '" + name + "'");
    }

    String text(int position, String name) {
        Object value = require(position, name);
        if (value instanceof String text) {
            return text;
        }
        throw new TemplateFailure(
                "argument '" + name + "' must be str, not " + Values.typeName(value));
    }

    /// Returns these arguments without the first positional ones.
    Arguments after(int count) {
        return new Arguments(
                positional.subList(Math.min(count, positional.size()), positional.size()), named);
    }
}
