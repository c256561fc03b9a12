package dev.tokamak.server.openai.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A request for the text of tokens. Immutable.
public record DetokenizeRequest(@Nullable String model, List<Integer> tokens) {

    public static DetokenizeRequest read(JsonNode body) {
        JsonFields fields = JsonFields.of(body, "");
        if (fields.value("tokens") == null) {
            throw fields.missing("tokens");
        }
        return new DetokenizeRequest(fields.text("model"), fields.tokens("tokens"));
    }
}
