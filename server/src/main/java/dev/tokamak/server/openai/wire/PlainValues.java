package dev.tokamak.server.openai.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// JSON as strings, booleans, longs, doubles, lists and maps, which is what templates see.
final class PlainValues {

    private PlainValues() {}

    static @Nullable Object of(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> node.stringValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> number(node);
            case ARRAY -> list(node);
            case OBJECT -> map(node);
            default -> null;
        };
    }

    private static Object number(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong()
                ? (Object) node.longValue()
                : (Object) node.doubleValue();
    }

    private static List<@Nullable Object> list(JsonNode node) {
        List<@Nullable Object> values = new ArrayList<>(node.size());
        for (JsonNode element : node.values()) {
            values.add(of(element));
        }
        return values;
    }

    static Map<String, @Nullable Object> map(JsonNode node) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        node.properties().forEach(entry -> values.put(entry.getKey(), of(entry.getValue())));
        return values;
    }
}
