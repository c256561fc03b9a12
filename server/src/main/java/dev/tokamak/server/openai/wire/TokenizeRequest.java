package dev.tokamak.server.openai.wire;

import dev.tokamak.server.model.ServerException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A request for the tokens of a text or of a conversation. Immutable.
///
/// @param text null for a conversation
/// @param chat null for a text
public record TokenizeRequest(
        @Nullable String model,
        @Nullable String text,
        boolean addSpecial,
        @Nullable ChatRequest chat) {

    /// Reads the body: `prompt` or `content` for a text, `messages` for a conversation; special tokens are added to a
    /// text by `add_special_tokens` or `add_special`, by default for `prompt` and not for `content`, as the servers do
    /// whose shapes these are.
    public static TokenizeRequest read(JsonNode body) {
        JsonFields fields = JsonFields.of(body, "");
        String model = fields.text("model");
        if (fields.value("messages") != null) {
            return new TokenizeRequest(model, null, false, ChatRequest.read(body));
        }
        String prompt = fields.text("prompt");
        String content = fields.text("content");
        if (prompt == null && content == null) {
            throw ServerException.invalid(
                    "prompt", "one of prompt, content and messages is required");
        }
        boolean addSpecial =
                fields.value("add_special_tokens") != null
                        ? fields.flag("add_special_tokens")
                        : fields.value("add_special") != null
                                ? fields.flag("add_special")
                                : prompt != null;
        return new TokenizeRequest(model, prompt == null ? content : prompt, addSpecial, null);
    }
}
