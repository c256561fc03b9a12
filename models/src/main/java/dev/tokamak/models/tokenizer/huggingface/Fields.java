package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.ModelException;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The typed fields of one JSON object of a tokenizer file, with errors that say where it stands. Immutable.
///
/// @param where names the object in messages
record Fields(JsonNode node, String where) {

    private static final int SHOWN_CHARACTERS = 100;
    private static final int SHORT_CHARACTERS = 100;

    static Fields of(JsonNode node, String where) {
        if (!node.isObject()) {
            throw corrupt(where + " is no object");
        }
        return new Fields(node, where);
    }

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    String type() {
        return string("type");
    }

    String string(String name) {
        JsonNode value = node.get(name);
        if (value == null || !value.isString()) {
            throw corrupt("'%s' of %s is no text".formatted(name, where));
        }
        return value.stringValue();
    }

    String string(String name, String otherwise) {
        return has(name) ? string(name) : otherwise;
    }

    /// A text that stands for few characters, so that nothing grows much by it.
    String shortString(String name) {
        String value = string(name);
        if (value.length() > SHORT_CHARACTERS) {
            throw corrupt(
                    "'%s' of %s has %d characters, the limit is %d"
                            .formatted(name, where, value.length(), SHORT_CHARACTERS));
        }
        return value;
    }

    String shortString(String name, String otherwise) {
        return has(name) ? shortString(name) : otherwise;
    }

    boolean flag(String name, boolean otherwise) {
        JsonNode value = node.get(name);
        if (value == null || value.isNull()) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw corrupt("'%s' of %s is neither true nor false".formatted(name, where));
        }
        return value.booleanValue();
    }

    /// A whole number from 0 up to a limit.
    int number(String name, int limit) {
        JsonNode value = node.get(name);
        if (value == null || !value.isIntegralNumber()) {
            throw corrupt("'%s' of %s is no whole number".formatted(name, where));
        }
        if (!value.canConvertToLong() || value.longValue() < 0 || value.longValue() > limit) {
            throw corrupt(
                    "'%s' of %s is %s, expected 0 to %d"
                            .formatted(name, where, shown(value.toString()), limit));
        }
        return value.intValue();
    }

    int number(String name, int limit, int otherwise) {
        return has(name) ? number(name, limit) : otherwise;
    }

    /// The objects of an array.
    List<Fields> objects(String name) {
        JsonNode value = node.get(name);
        if (value == null || !value.isArray()) {
            throw corrupt("'%s' of %s is no array".formatted(name, where));
        }
        return value.valueStream().map(item -> of(item, "'" + name + "' of " + where)).toList();
    }

    ModelException unsupported(String what) {
        return new ModelException(
                ModelException.Code.UNSUPPORTED, "the tokenizer's " + where + ": " + what);
    }

    static ModelException corrupt(String what) {
        return new ModelException(
                ModelException.Code.CORRUPT_FILE, "the tokenizer's files: " + what);
    }

    static String shown(String text) {
        return text.length() <= SHOWN_CHARACTERS
                ? text
                : text.substring(0, SHOWN_CHARACTERS) + "...";
    }
}
