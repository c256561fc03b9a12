package dev.tokamak.server.openai;

import dev.tokamak.server.http.Exchange;
import dev.tokamak.server.http.Reply;
import dev.tokamak.server.model.ModelRegistry;
import dev.tokamak.server.model.ServedModel;
import dev.tokamak.server.openai.wire.JsonText;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `GET /v1/models`, `/v1/models/{id}` and `/health`. Thread-safe.
record Models(Service service) {

    void list(Exchange exchange) {
        ObjectNode json = JsonText.object().put("object", "list");
        ArrayNode array = json.putArray("data");
        service.models().models().forEach(model -> array.add(json(model)));
        exchange.send(Reply.json(200, JsonText.write(json)));
    }

    void one(Exchange exchange) {
        ServedModel model = service.requireModel(exchange.tail());
        exchange.send(Reply.json(200, JsonText.write(json(model))));
    }

    void health(Exchange exchange) {
        ModelRegistry models = service.models();
        boolean ready = models.isReady() && !service.active().isStopping();
        ObjectNode json = JsonText.object();
        json.put("status", ready ? "ok" : service.active().isStopping() ? "stopping" : "loading");
        if (!models.loading().isEmpty()) {
            ArrayNode array = json.putArray("loading");
            double progress = 1;
            for (ModelRegistry.Loading loading : models.loading()) {
                double fraction = loading.step().fraction();
                progress = Math.min(progress, fraction);
                array.addObject()
                        .put("model", loading.name())
                        .put("progress", fraction)
                        .put("done_bytes", loading.step().doneBytes())
                        .put("total_bytes", loading.step().totalBytes());
            }
            json.put("progress", progress);
        }
        exchange.send(
                new Reply(
                        ready ? 200 : 503,
                        Reply.JSON,
                        JsonText.write(json),
                        ready
                                ? Map.of("Cache-Control", "no-store")
                                : Map.of("Cache-Control", "no-store", "Retry-After", "1")));
    }

    private static ObjectNode json(ServedModel model) {
        ObjectNode json = JsonText.object();
        json.put("id", model.name());
        json.put("object", "model");
        json.put("created", model.created().getEpochSecond());
        json.put("owned_by", "tokamak");
        json.put("max_model_len", model.engine().options().contextTokens());
        json.put("system_fingerprint", model.fingerprint());
        json.put("chat", model.chatTemplate().isPresent());
        return json;
    }
}
