package dev.tokamak.server.openai.wire;

import dev.tokamak.server.model.ServerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads one message of a conversation into what templates expect: text parts become one text, `developer` becomes
/// `system`, and the arguments of earlier tool calls become objects.
final class ChatMessage {

    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "tool");
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private ChatMessage() {}

    static Map<String, ?> read(JsonNode node, String path) {
        JsonFields fields = JsonFields.of(node, path);
        String role = fields.requireText("role");
        if (!ROLES.contains(role)) {
            throw ServerException.invalid(
                    path + ".role",
                    path
                            + ".role must be system, developer, user, assistant or tool, found \""
                            + role
                            + "\"");
        }
        Map<String, @Nullable Object> message = PlainValues.map(node);
        message.put("role", role.equals("developer") ? "system" : role);
        message.put("content", content(fields, role));
        if (fields.value("tool_calls") != null) {
            message.put("tool_calls", toolCalls(fields));
        }
        return message;
    }

    private static @Nullable String content(JsonFields fields, String role) {
        JsonNode content = fields.value("content");
        String path = fields.pathOf("content");
        if (content == null) {
            if (role.equals("assistant")) {
                return null;
            }
            throw ServerException.invalid(path, path + " is required for role " + role);
        }
        if (content.isString()) {
            return content.stringValue();
        }
        if (!content.isArray()) {
            throw JsonFields.wrongType(path, "a string or an array of parts", content);
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < content.size(); i++) {
            texts.add(partText(JsonFields.of(content.get(i), path + "[" + i + "]")));
        }
        return String.join("\n", texts);
    }

    private static String partText(JsonFields part) {
        String type = part.requireText("type");
        return switch (type) {
            case "text" -> part.requireText("text");
            case "refusal" -> part.requireText("refusal");
            default ->
                    throw ServerException.notSupported(
                            part.pathOf("type"),
                            part.pathOf("type")
                                    + " \""
                                    + type
                                    + "\" is not supported; supported: text");
        };
    }

    private static List<Map<String, @Nullable Object>> toolCalls(JsonFields fields) {
        List<JsonNode> nodes = fields.array("tool_calls");
        List<Map<String, @Nullable Object>> calls = new ArrayList<>(nodes.size());
        for (int i = 0; i < nodes.size(); i++) {
            String path = fields.pathOf("tool_calls") + "[" + i + "]";
            JsonFields call = JsonFields.of(nodes.get(i), path);
            Map<String, @Nullable Object> plain = PlainValues.map(nodes.get(i));
            JsonNode function = call.value("function");
            if (function != null) {
                JsonFields.of(function, path + ".function").requireText("name");
                Map<String, @Nullable Object> plainFunction = PlainValues.map(function);
                plainFunction.computeIfPresent("arguments", (_, value) -> arguments(value));
                plain.put("function", plainFunction);
            }
            calls.add(plain);
        }
        return calls;
    }

    /// The API carries arguments as text; templates want the object where the text is one.
    private static Object arguments(Object value) {
        if (!(value instanceof String text)) {
            return value;
        }
        try {
            JsonNode parsed = MAPPER.readTree(text);
            return parsed.isObject() ? PlainValues.map(parsed) : text;
        } catch (JacksonException e) {
            return text;
        }
    }
}
