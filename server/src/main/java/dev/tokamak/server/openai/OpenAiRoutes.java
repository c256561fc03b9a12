package dev.tokamak.server.openai;

import dev.tokamak.server.http.Endpoint;
import dev.tokamak.server.http.Reply;
import dev.tokamak.server.http.Route;
import dev.tokamak.server.openai.wire.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// The routes of the API.
public final class OpenAiRoutes {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private OpenAiRoutes() {}

    /// All routes over these models.
    ///
    /// @param version what `/version` says
    public static List<Route> of(Service service, String version) {
        Models models = new Models(service);
        Tokens tokens = new Tokens(service);
        byte[] versionBody = JsonText.write(JsonText.object().put("version", version));
        return List.of(
                post("/v1/chat/completions", new ChatCompletions(service)),
                post("/v1/completions", new Completions(service)),
                get("/v1/models", Route.Access.KEY, models::list),
                get("/v1/models/{id}", Route.Access.KEY, models::one),
                get("/health", Route.Access.OPEN, models::health),
                post("/tokenize", tokens::tokenize),
                post("/detokenize", tokens::detokenize),
                get(
                        "/version",
                        Route.Access.KEY,
                        exchange -> exchange.send(Reply.json(200, versionBody))),
                get(
                        "/metrics",
                        Route.Access.KEY,
                        exchange ->
                                exchange.send(
                                        new Reply(
                                                200,
                                                PROMETHEUS_TEXT,
                                                service.metrics()
                                                        .scrape()
                                                        .getBytes(StandardCharsets.UTF_8),
                                                Map.of()))));
    }

    private static Route get(String path, Route.Access access, Endpoint endpoint) {
        return new Route("GET", path, access, endpoint);
    }

    private static Route post(String path, Endpoint endpoint) {
        return new Route("POST", path, Route.Access.KEY, endpoint);
    }
}
