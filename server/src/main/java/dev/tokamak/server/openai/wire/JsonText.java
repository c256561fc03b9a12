package dev.tokamak.server.openai.wire;

import dev.tokamak.server.model.ServerException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON trees from and to UTF-8.
public final class JsonText {

    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private JsonText() {}

    /// The tree of a request's body.
    ///
    /// @throws ServerException saying where the text is malformed
    public static JsonNode read(byte[] body) {
        if (body.length == 0) {
            throw new ServerException(
                    ServerException.Code.INVALID_REQUEST, "the body is empty; expected JSON");
        }
        try {
            return MAPPER.readTree(body);
        } catch (JacksonException e) {
            TokenStreamLocation location = e.getLocation();
            String place =
                    location == null
                            ? ""
                            : " at line "
                                    + location.getLineNr()
                                    + ", column "
                                    + location.getColumnNr();
            throw new ServerException(
                    ServerException.Code.INVALID_REQUEST,
                    "the body is not valid JSON" + place + ": " + e.getOriginalMessage(),
                    e);
        }
    }

    public static byte[] write(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /// An empty object.
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
