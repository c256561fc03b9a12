package dev.tokamak.server.openai.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A whole chat completion. Immutable.
public record ChatCompletionBody(AnswerHead head, List<Choice> choices, UsageBody usage) {

    /// One answer.
    ///
    /// @param logprobs null when not asked for
    public record Choice(
            int index, String text, @Nullable ArrayNode logprobs, String finishReason) {}

    public ObjectNode json() {
        ObjectNode json = head.json("chat.completion");
        ArrayNode array = json.putArray("choices");
        for (Choice choice : choices) {
            ObjectNode body = array.addObject();
            body.put("index", choice.index());
            ObjectNode message = body.putObject("message");
            message.put("role", "assistant");
            message.put("content", choice.text());
            message.putNull("refusal");
            if (choice.logprobs() == null) {
                body.putNull("logprobs");
            } else {
                body.set("logprobs", logprobs(choice.logprobs()));
            }
            body.put("finish_reason", choice.finishReason());
        }
        json.set("usage", usage.json());
        head.addOnce(json);
        return json;
    }

    static ObjectNode logprobs(ArrayNode content) {
        ObjectNode json = JsonText.object();
        json.set("content", content);
        json.putNull("refusal");
        return json;
    }
}
