package dev.tokamak.server.openai.wire;

import dev.tokamak.server.model.ServerException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A chat completion request, as sent. Immutable.
///
/// @param messages in order, as templates see them
/// @param templateVariables `chat_template_kwargs`
/// @param topLogprobs null when no log-probabilities are asked for
public record ChatRequest(
        CommonFields common,
        SamplingFields sampling,
        SamplingFields.StopFields stop,
        List<Map<String, ?>> messages,
        Map<String, ?> templateVariables,
        @Nullable Integer topLogprobs) {

    private static final List<String> UNUSED =
            List.of(
                    "user",
                    "metadata",
                    "store",
                    "service_tier",
                    "parallel_tool_calls",
                    "reasoning_effort",
                    "priority",
                    "safety_identifier",
                    "prompt_cache_key",
                    "prompt_cache_retention",
                    "verbosity",
                    "prediction");

    /// Reads the body of a request.
    ///
    /// @throws ServerException naming the field that is wrong
    public static ChatRequest read(JsonNode body) {
        JsonFields fields = JsonFields.of(body, "");
        List<String> unused = new ArrayList<>(UNUSED);
        refuseTools(fields, unused);
        refuseResponseFormat(fields);
        refuseOtherModalities(fields);
        SamplingFields sampling = SamplingFields.read(fields);
        SamplingFields.StopFields stop = SamplingFields.StopFields.read(fields, maxTokens(fields));
        List<Map<String, ?>> messages = messages(fields);
        Map<String, ?> variables = templateVariables(fields);
        Integer topLogprobs = topLogprobs(fields);
        return new ChatRequest(
                CommonFields.read(fields, unused),
                sampling,
                stop,
                messages,
                variables,
                topLogprobs);
    }

    private static @Nullable Integer maxTokens(JsonFields fields) {
        Integer older = fields.integer("max_tokens");
        Integer newer = fields.integer("max_completion_tokens");
        if (older != null && newer != null && !older.equals(newer)) {
            throw ServerException.invalid(
                    "max_tokens",
                    "max_tokens is "
                            + older
                            + " but max_completion_tokens is "
                            + newer
                            + "; send one of them");
        }
        Integer limit = newer == null ? older : newer;
        if (limit != null && limit < 1) {
            String name = newer == null ? "max_tokens" : "max_completion_tokens";
            throw ServerException.invalid(name, name + " must be 1 or more, found " + limit);
        }
        return limit;
    }

    private static @Nullable Integer topLogprobs(JsonFields fields) {
        boolean wanted = fields.flag("logprobs");
        Integer alternatives = fields.integer("top_logprobs");
        if (!wanted && alternatives != null && alternatives > 0) {
            throw ServerException.invalid("top_logprobs", "top_logprobs needs logprobs to be true");
        }
        if (!wanted) {
            return null;
        }
        return alternatives == null ? Integer.valueOf(0) : alternatives;
    }

    private static List<Map<String, ?>> messages(JsonFields fields) {
        if (fields.value("messages") == null) {
            throw fields.missing("messages");
        }
        List<JsonNode> nodes = fields.array("messages");
        if (nodes.isEmpty()) {
            throw ServerException.invalid(
                    "messages", "messages must hold at least one message, found none");
        }
        List<Map<String, ?>> messages = new ArrayList<>(nodes.size());
        for (int i = 0; i < nodes.size(); i++) {
            messages.add(ChatMessage.read(nodes.get(i), "messages[" + i + "]"));
        }
        return messages;
    }

    private static Map<String, ?> templateVariables(JsonFields fields) {
        JsonNode value = fields.value("chat_template_kwargs");
        if (value == null) {
            return Map.of();
        }
        JsonFields.of(value, "chat_template_kwargs");
        Map<String, @Nullable Object> variables = new LinkedHashMap<>();
        value.properties()
                .forEach(entry -> variables.put(entry.getKey(), PlainValues.of(entry.getValue())));
        return variables;
    }

    private static void refuseTools(JsonFields fields, List<String> unused) {
        List<JsonNode> tools = fields.array("tools");
        JsonNode choice = fields.value("tool_choice");
        boolean none = choice != null && choice.isString() && choice.stringValue().equals("none");
        if (!tools.isEmpty() && !none) {
            throw ServerException.notSupported(
                    "tools",
                    "tool calls are not supported by this release; leave tools out or send"
                            + " tool_choice \"none\"");
        }
        if (!tools.isEmpty()) {
            unused.add("tools");
        }
        for (String older : List.of("functions", "function_call")) {
            if (fields.value(older) != null) {
                throw ServerException.notSupported(
                        older, older + " is not supported by this release");
            }
        }
    }

    private static void refuseResponseFormat(JsonFields fields) {
        JsonFields format = fields.object("response_format");
        if (format == null) {
            return;
        }
        String type = format.requireText("type");
        if (!type.equals("text")) {
            throw ServerException.notSupported(
                    "response_format.type",
                    "response_format \""
                            + type
                            + "\" is not supported by this release; supported: text");
        }
    }

    private static void refuseOtherModalities(JsonFields fields) {
        for (String modality : fields.texts("modalities")) {
            if (!Objects.equals(modality, "text")) {
                throw ServerException.notSupported(
                        "modalities",
                        "modality \"" + modality + "\" is not supported; supported: text");
            }
        }
        if (fields.value("audio") != null) {
            throw ServerException.notSupported("audio", "audio is not supported");
        }
    }
}
