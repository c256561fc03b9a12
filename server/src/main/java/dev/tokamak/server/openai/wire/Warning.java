package dev.tokamak.server.openai.wire;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Something in a request that did not have the effect that its sender may expect. Immutable.
///
/// @param field path of the field
public record Warning(String field, String message) {

    ObjectNode json() {
        return JsonNodeFactory.instance.objectNode().put("param", field).put("message", message);
    }
}
