package dev.tokamak.server.openai.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A text completion, or a chunk of one, which has the same shape. Immutable.
///
/// @param usage null in all chunks but the last
public record CompletionBody(AnswerHead head, List<Choice> choices, @Nullable UsageBody usage) {

    /// One continuation or a piece of it.
    ///
    /// @param logprobs null when not asked for
    /// @param finishReason null until the end
    public record Choice(
            int index,
            String text,
            @Nullable CompletionLogprobs logprobs,
            @Nullable String finishReason) {}

    /// @param once whether warnings and effective sampling belong here
    public ObjectNode json(boolean once) {
        ObjectNode json = head.json("text_completion");
        ArrayNode array = json.putArray("choices");
        for (Choice choice : choices) {
            ObjectNode body = array.addObject();
            body.put("index", choice.index());
            body.put("text", choice.text());
            if (choice.logprobs() == null) {
                body.putNull("logprobs");
            } else {
                body.set("logprobs", choice.logprobs().json());
            }
            body.put("finish_reason", choice.finishReason());
        }
        if (usage != null) {
            json.set("usage", usage.json());
        }
        if (once) {
            head.addOnce(json);
        }
        return json;
    }
}
