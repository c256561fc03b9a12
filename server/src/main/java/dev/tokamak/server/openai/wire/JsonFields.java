package dev.tokamak.server.openai.wire;

import dev.tokamak.server.model.ServerException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a JSON object field by field; a wrong type names the place, and fields that nobody read are reported. A null
/// counts as absent. Confined to one thread.
public final class JsonFields {

    /// Whole numbers written with a point or an exponent are taken up to here.
    private static final double MAX_WHOLE_DOUBLE = 1e15;

    private final JsonNode node;
    private final String path;
    private final Set<String> read = new HashSet<>();

    private JsonFields(JsonNode node, String path) {
        this.node = node;
        this.path = path;
    }

    /// The fields of the object at this path, empty at the top.
    public static JsonFields of(JsonNode node, String path) {
        if (!node.isObject()) {
            throw wrongType(path.isEmpty() ? "body" : path, "an object", node);
        }
        return new JsonFields(node, path);
    }

    /// The name of a field as errors give it.
    public String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /// The value as it stands, or null when absent.
    public @Nullable JsonNode value(String name) {
        read.add(name);
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    public @Nullable String text(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isString()) {
            throw wrongType(pathOf(name), "a string", value);
        }
        return value.stringValue();
    }

    public String requireText(String name) {
        String text = text(name);
        if (text == null) {
            throw missing(name);
        }
        return text;
    }

    public boolean flag(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw wrongType(pathOf(name), "true or false", value);
        }
        return value.booleanValue();
    }

    public @Nullable Double number(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isNumber()) {
            throw wrongType(pathOf(name), "a number", value);
        }
        return value.doubleValue();
    }

    public @Nullable Integer integer(String name) {
        Long value = longInteger(name);
        if (value == null) {
            return null;
        }
        if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
            throw ServerException.invalid(
                    pathOf(name), pathOf(name) + " must fit 32 bits, found " + value);
        }
        return value.intValue();
    }

    public @Nullable Long longInteger(String name) {
        JsonNode value = value(name);
        return value == null ? null : requireLong(value, pathOf(name));
    }

    public @Nullable JsonFields object(String name) {
        JsonNode value = value(name);
        return value == null ? null : of(value, pathOf(name));
    }

    /// The elements of an array, none when absent.
    public List<JsonNode> array(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrongType(pathOf(name), "an array", value);
        }
        return List.copyOf(value.values());
    }

    /// A string or an array of strings, none when absent.
    public List<String> texts(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return List.of();
        }
        if (value.isString()) {
            return List.of(value.stringValue());
        }
        if (!value.isArray()) {
            throw wrongType(pathOf(name), "a string or an array of strings", value);
        }
        List<String> texts = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            JsonNode element = value.get(i);
            if (!element.isString()) {
                throw wrongType(pathOf(name) + "[" + i + "]", "a string", element);
            }
            texts.add(element.stringValue());
        }
        return texts;
    }

    /// Token ids, none when absent.
    public List<Integer> tokens(String name) {
        JsonNode value = value(name);
        return value == null ? List.of() : tokens(value, pathOf(name));
    }

    /// The token ids of an array.
    static List<Integer> tokens(JsonNode array, String path) {
        if (!array.isArray()) {
            throw wrongType(path, "an array of token ids", array);
        }
        List<Integer> tokens = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            long id = requireLong(array.get(i), path + "[" + i + "]");
            if (id < 0 || id > Integer.MAX_VALUE) {
                throw ServerException.invalid(
                        path + "[" + i + "]", path + "[" + i + "] is no token id: " + id);
            }
            tokens.add((int) id);
        }
        return tokens;
    }

    /// The names of fields that nobody asked for, in order.
    public List<String> unread() {
        return node.propertyNames().stream()
                .filter(name -> !read.contains(name))
                .map(this::pathOf)
                .toList();
    }

    /// The error for a field that must be there.
    public ServerException missing(String name) {
        return ServerException.invalid(pathOf(name), "missing required field: " + pathOf(name));
    }

    /// The error for a value of another type than expected.
    public static ServerException wrongType(String path, String expected, JsonNode found) {
        return ServerException.invalid(
                path, path + " must be " + expected + ", found " + describe(found));
    }

    private static long requireLong(JsonNode value, String path) {
        boolean whole =
                value.isNumber() && (value.isIntegralNumber() || isWhole(value.doubleValue()));
        if (!whole) {
            throw wrongType(path, "an integer", value);
        }
        if (!value.isIntegralNumber()) {
            return (long) value.doubleValue();
        }
        BigInteger integer = value.bigIntegerValue();
        if (integer.bitLength() > 63) {
            throw ServerException.invalid(path, path + " must fit 64 bits, found " + integer);
        }
        return integer.longValue();
    }

    private static boolean isWhole(double value) {
        return value == Math.rint(value) && Math.abs(value) < MAX_WHOLE_DOUBLE;
    }

    private static String describe(JsonNode node) {
        Optional<String> kind =
                switch (node.getNodeType()) {
                    case ARRAY -> Optional.of("an array");
                    case OBJECT -> Optional.of("an object");
                    case NULL -> Optional.of("null");
                    default -> Optional.empty();
                };
        return kind.orElseGet(() -> shorten(node.toString()));
    }

    private static String shorten(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
