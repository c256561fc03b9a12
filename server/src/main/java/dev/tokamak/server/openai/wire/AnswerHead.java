package dev.tokamak.server.openai.wire;

import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What all chunks of an answer have in common, and the whole answer too. Immutable.
///
/// @param warnings told once, in the whole answer or the first chunk
/// @param sampling the effective sampling parameters where the request asks for them; told once too
public record AnswerHead(
        String id,
        long createdSeconds,
        String model,
        String fingerprint,
        List<Warning> warnings,
        Optional<ObjectNode> sampling) {

    /// A head with a new id.
    public static AnswerHead create(
            String idPrefix,
            String model,
            String fingerprint,
            List<Warning> warnings,
            Optional<ObjectNode> sampling) {
        byte[] random = new byte[16];
        ThreadLocalRandom.current().nextBytes(random);
        return new AnswerHead(
                idPrefix + HexFormat.of().formatHex(random),
                Instant.now().getEpochSecond(),
                model,
                fingerprint,
                warnings,
                sampling);
    }

    /// An answer or chunk with the common fields.
    public ObjectNode json(String object) {
        ObjectNode json = JsonText.object();
        json.put("id", id);
        json.put("object", object);
        json.put("created", createdSeconds);
        json.put("model", model);
        json.put("system_fingerprint", fingerprint);
        return json;
    }

    /// Adds what is told only once.
    public void addOnce(ObjectNode json) {
        if (!warnings.isEmpty()) {
            ArrayNode array = json.putArray("warnings");
            warnings.forEach(warning -> array.add(warning.json()));
        }
        sampling.ifPresent(value -> json.set("sampling", value));
    }
}
