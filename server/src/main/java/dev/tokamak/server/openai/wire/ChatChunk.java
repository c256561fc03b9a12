package dev.tokamak.server.openai.wire;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The chunks of a streamed chat completion. Immutable.
///
/// @param includeUsage whether a last chunk tells the usage, and the others say that they do not
public record ChatChunk(AnswerHead head, boolean includeUsage) {

    private static final String OBJECT = "chat.completion.chunk";

    /// The first chunk of a choice: who speaks.
    public ObjectNode role(int choice) {
        ObjectNode delta = JsonText.object().put("role", "assistant").put("content", "");
        ObjectNode chunk = chunk(choice, delta, null, null);
        if (choice == 0) {
            head.addOnce(chunk);
        }
        return chunk;
    }

    /// Text of a choice.
    public ObjectNode text(int choice, String text, @Nullable ArrayNode logprobs) {
        return chunk(choice, JsonText.object().put("content", text), logprobs, null);
    }

    /// The last chunk of a choice.
    public ObjectNode finish(int choice, String reason) {
        return chunk(choice, JsonText.object(), null, reason);
    }

    /// The last chunk of all.
    public ObjectNode usage(UsageBody usage) {
        ObjectNode json = head.json(OBJECT);
        json.putArray("choices");
        json.set("usage", usage.json());
        return json;
    }

    private ObjectNode chunk(
            int choice, ObjectNode delta, @Nullable ArrayNode logprobs, @Nullable String reason) {
        ObjectNode json = head.json(OBJECT);
        ObjectNode body = json.putArray("choices").addObject();
        body.put("index", choice);
        body.set("delta", delta);
        body.set(
                "logprobs",
                logprobs == null
                        ? JsonNodeFactory.instance.nullNode()
                        : ChatCompletionBody.logprobs(logprobs));
        body.put("finish_reason", reason);
        if (includeUsage) {
            json.putNull("usage");
        }
        return json;
    }
}
