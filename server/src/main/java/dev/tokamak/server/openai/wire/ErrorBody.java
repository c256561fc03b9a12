package dev.tokamak.server.openai.wire;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// An error as OpenAI's clients expect it. Immutable.
public record ErrorBody(String message, String type, Optional<String> param, String code) {

    public ObjectNode json() {
        ObjectNode json = JsonText.object();
        ObjectNode error = json.putObject("error");
        error.put("message", message);
        error.put("type", type);
        error.put("param", param.orElse(null));
        error.put("code", code);
        return json;
    }
}
