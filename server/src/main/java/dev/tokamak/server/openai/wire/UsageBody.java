package dev.tokamak.server.openai.wire;

import tools.jackson.databind.node.ObjectNode;

/// What a request used, over all its prompts. Immutable.
public record UsageBody(int promptTokens, int cachedTokens, int completionTokens) {

    public static final UsageBody NONE = new UsageBody(0, 0, 0);

    /// The sum of this and another.
    public UsageBody plus(UsageBody other) {
        return new UsageBody(
                promptTokens + other.promptTokens,
                cachedTokens + other.cachedTokens,
                completionTokens + other.completionTokens);
    }

    public ObjectNode json() {
        ObjectNode json = JsonText.object();
        json.put("prompt_tokens", promptTokens);
        json.put("completion_tokens", completionTokens);
        json.put("total_tokens", promptTokens + completionTokens);
        json.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
        json.putObject("completion_tokens_details").put("reasoning_tokens", 0);
        return json;
    }
}
