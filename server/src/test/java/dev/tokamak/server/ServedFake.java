package dev.tokamak.server;

import dev.tokamak.engine.Engine;
import dev.tokamak.engine.EngineOptions;
import dev.tokamak.engine.FakeEngine;
import dev.tokamak.engine.FakeModel;
import dev.tokamak.engine.FakeTokenizer;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.template.ChatTemplate;
import dev.tokamak.server.model.ModelRegistry;
import dev.tokamak.server.model.ServedModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A service on a free port over a real engine with a fake model, and a plain HTTP client for it.
public final class ServedFake implements AutoCloseable {

    public static final String MODEL = "fake";
    public static final String FINGERPRINT = "fp_fake";
    public static final ServerOptions OPTIONS = ServerOptions.of("127.0.0.1", 0);
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final FakeModel model;
    private final Engine engine;
    private final TokamakServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    private ServedFake(FakeModel model, EngineOptions engineOptions, ServerOptions options) {
        this.model = model;
        engine = FakeEngine.start(model, engineOptions);
        server = TokamakServer.start(options, ModelRegistry.of(served(engine)));
    }

    public static ServedFake start(
            FakeModel model, EngineOptions engineOptions, ServerOptions options) {
        return new ServedFake(model, engineOptions, options);
    }

    public static ServedFake start(FakeModel model) {
        return start(model, FakeEngine.OPTIONS, OPTIONS);
    }

    public static ServedFake saying(String text) {
        return start(FakeModel.saying(text));
    }

    public static ServedModel served(Engine engine) {
        return new ServedModel(
                MODEL,
                Instant.parse("2026-01-02T03:04:05Z"),
                FINGERPRINT,
                engine,
                new FakeTokenizer(),
                Optional.of(template()));
    }

    /// A template that writes `<role>content` for each message and refuses the content `refuse me`.
    private static ChatTemplate template() {
        return variables -> {
            StringBuilder text = new StringBuilder("<bos>");
            for (Object element : (List<?>) variables.get("messages")) {
                Map<?, ?> message = (Map<?, ?>) element;
                if ("refuse me".equals(message.get("content"))) {
                    throw new ModelException(ModelException.Code.TEMPLATE, "refused by template");
                }
                text.append('<').append(message.get("role")).append('>');
                text.append(message.get("content"));
            }
            return text.append("<assistant>").toString();
        };
    }

    public FakeModel model() {
        return model;
    }

    public Engine engine() {
        return engine;
    }

    public TokamakServer server() {
        return server;
    }

    public URI uri(String path) {
        return server.uri().resolve(path);
    }

    public HttpResponse<String> get(String path, String... headers)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)), headers);
    }

    public HttpResponse<String> post(String path, String body, String... headers)
            throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(uri(path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .header("Content-Type", "application/json"),
                headers);
    }

    public HttpResponse<String> send(HttpRequest.Builder request, String... headers)
            throws IOException, InterruptedException {
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /// Posts what must succeed and reads the answer.
    public JsonNode ask(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(path, body);
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + ": " + response.body());
        }
        return MAPPER.readTree(response.body());
    }

    public static JsonNode json(String text) {
        return MAPPER.readTree(text);
    }

    /// The data of the events of a stream, the final marker included.
    public static List<String> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .toList();
    }

    /// A body for a chat of one user message, with further fields.
    public static String chat(String content, String furtherFields) {
        return """
                {"model": "fake", "temperature": 0,
                 "messages": [{"role": "user", "content": "%s"}]%s%s}
                """
                .formatted(content, furtherFields.isEmpty() ? "" : ", ", furtherFields);
    }

    /// Waits for what other threads bring about; fails after a time that no healthy machine needs.
    public static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never happened: " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() {
        model.releaseAll();
        server.close();
        engine.close();
        client.close();
    }
}
