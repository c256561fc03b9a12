package dev.tokamak.server;

import static dev.tokamak.server.ServedFake.chat;
import static dev.tokamak.server.ServedFake.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.engine.EngineOptions;
import dev.tokamak.engine.FakeEngine;
import dev.tokamak.engine.FakeModel;
import dev.tokamak.engine.FakeTokenizer;
import dev.tokamak.models.ErrorCategory;
import dev.tokamak.server.model.ModelRegistry;
import dev.tokamak.server.model.ServerException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TokamakServerTest {

    private static final String CHAT = "/v1/chat/completions";
    private static final EngineOptions LONG =
            new EngineOptions(30_000, 16, 64, 64, 64, Duration.ofSeconds(30));

    @Test
    void health_whileModelsLoad_is503WithProgressThen200() throws Exception {
        ModelRegistry registry = new ModelRegistry();
        registry.begin(ServedFake.MODEL).advance(25, 100);
        try (var engine = FakeEngine.start(FakeModel.saying("hi"));
                TokamakServer server = TokamakServer.start(ServedFake.OPTIONS, registry);
                HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> loading = get(client, server.uri().resolve("/health"));
            HttpResponse<String> refused =
                    client.send(
                            HttpRequest.newBuilder(server.uri().resolve(CHAT))
                                    .POST(HttpRequest.BodyPublishers.ofString(chat("Hi", "")))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            registry.add(ServedFake.served(engine));
            HttpResponse<String> ready = get(client, server.uri().resolve("/health"));

            assertThat(loading.statusCode()).isEqualTo(503);
            assertThat(json(loading.body()).at("/status").asString()).isEqualTo("loading");
            assertThat(json(loading.body()).at("/progress").doubleValue()).isEqualTo(0.25);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
            assertThat(ready.statusCode()).isEqualTo(200);
            assertThat(json(ready.body()).at("/status").asString()).isEqualTo("ok");
        }
    }

    @Test
    void start_whenPortIsInUse_namesIt() {
        try (ServedFake fake = ServedFake.saying("hi")) {
            int port = fake.server().port();

            assertThatThrownBy(
                            () ->
                                    TokamakServer.start(
                                            ServerOptions.of("127.0.0.1", port),
                                            new ModelRegistry()))
                    .isInstanceOfSatisfying(
                            ServerException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo(ServerException.Code.ADDRESS_IN_USE);
                                assertThat(e.category()).isEqualTo(ErrorCategory.RESOURCES);
                            })
                    .hasMessageContaining(Integer.toString(port));
        }
    }

    @Test
    void requests_whenKeysAreConfigured_needOne() throws Exception {
        ServerOptions locked = ServedFake.OPTIONS.withKeys(List.of("first", "second"));
        try (ServedFake fake =
                ServedFake.start(FakeModel.saying("hi"), FakeEngine.OPTIONS, locked)) {
            assertThat(fake.get("/v1/models").statusCode()).isEqualTo(401);
            assertThat(fake.get("/v1/models", "Authorization", "Bearer wrong").statusCode())
                    .isEqualTo(401);
            assertThat(fake.get("/v1/models", "Authorization", "Bearer second").statusCode())
                    .isEqualTo(200);
            assertThat(fake.get("/v1/models", "x-api-key", "first").statusCode()).isEqualTo(200);
            assertThat(fake.get("/health").statusCode()).isEqualTo(200);
            assertThat(fake.get("/").statusCode()).isEqualTo(200);
            assertThat(json(fake.get("/v1/models").body()).at("/error/code").asString())
                    .isEqualTo("invalid_api_key");
        }
    }

    @Test
    void origins_whenNotAllowed_areNotReflected() throws Exception {
        ServerOptions options = ServedFake.OPTIONS.withOrigins(List.of("https://good.example"));
        try (ServedFake fake =
                ServedFake.start(FakeModel.saying("hi"), FakeEngine.OPTIONS, options)) {
            HttpResponse<String> good = fake.get("/v1/models", "Origin", "https://good.example");
            HttpResponse<String> bad = fake.get("/v1/models", "Origin", "https://bad.example");
            HttpResponse<String> preflight =
                    fake.send(
                            HttpRequest.newBuilder(fake.uri(CHAT))
                                    .method("OPTIONS", HttpRequest.BodyPublishers.noBody()),
                            "Origin",
                            "https://good.example");

            assertThat(good.headers().firstValue("access-control-allow-origin"))
                    .contains("https://good.example");
            assertThat(good.headers().firstValue("access-control-allow-credentials")).isEmpty();
            assertThat(bad.headers().firstValue("access-control-allow-origin")).isEmpty();
            assertThat(preflight.statusCode()).isEqualTo(200);
            assertThat(preflight.headers().firstValue("access-control-allow-methods").orElseThrow())
                    .contains("POST");
        }
    }

    @Test
    void routes_whenUnknownOrWrongMethod_answerInJson() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi")) {
            HttpResponse<String> unknown = fake.get("/v1/nothing");
            HttpResponse<String> method = fake.get(CHAT);

            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(json(unknown.body()).at("/error/message").asString())
                    .contains("/v1/nothing");
            assertThat(method.statusCode()).isEqualTo(405);
            assertThat(method.headers().firstValue("allow").orElseThrow()).contains("POST");
            assertThat(json(method.body()).at("/error/code").asString())
                    .isEqualTo("method_not_allowed");
        }
    }

    @Test
    void connection_whenRequestIsRefused_staysUsable() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi");
                RawClient client = new RawClient(fake.server().port())) {
            client.post(CHAT, "{broken");
            RawClient.Response refused = client.read();
            client.post(CHAT, chat("Hi", ""));
            RawClient.Response answered = client.read();

            assertThat(refused.status()).isEqualTo(400);
            assertThat(answered.status()).isEqualTo(200);
            assertThat(answered.body()).contains("\"hi\"");
        }
    }

    @Test
    void connection_whenRequestsArePipelined_answersBoth() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi");
                RawClient client = new RawClient(fake.server().port())) {
            client.post(CHAT, chat("Hi", ""));
            client.post(CHAT, chat("Hi", ", \"stream\": true".substring(2)));

            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.read().body()).contains("data: [DONE]");
        }
    }

    @Test
    void connection_whenClientAsksToClose_endsAfterTheAnswer() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi");
                RawClient client = new RawClient(fake.server().port());
                RawClient streaming = new RawClient(fake.server().port())) {
            client.write("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            String body = chat("Hi", "\"stream\": true");
            streaming.write(
                    "POST "
                            + CHAT
                            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                            + body.length()
                            + "\r\n\r\n"
                            + body);

            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.isAtEnd()).isTrue();
            assertThat(streaming.read().body()).endsWith("data: [DONE]\n\n");
            assertThat(streaming.isAtEnd()).isTrue();
        }
    }

    @Test
    void body_whenTooLarge_is413EvenWhenSentWhole() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi")) {
            HttpResponse<String> announced = fake.post(CHAT, "x".repeat(50 << 20));
            HttpResponse<String> chunked =
                    fake.send(
                            HttpRequest.newBuilder(fake.uri(CHAT))
                                    .POST(
                                            HttpRequest.BodyPublishers.ofByteArrays(
                                                    Collections.nCopies(17, new byte[1 << 20]))));

            assertThat(announced.statusCode()).isEqualTo(413);
            assertThat(json(announced.body()).at("/error/message").asString())
                    .contains("16777216", "52428800");
            assertThat(chunked.statusCode()).isEqualTo(413);
        }
    }

    @Test
    void request_whenNotHttp_isAnsweredInJsonOrClosed() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi");
                RawClient client = new RawClient(fake.server().port())) {
            client.write("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nbroken header\r\n\r\n");
            RawClient.Response response = client.read();

            assertThat(response.status()).isEqualTo(400);
            assertThat(json(response.body()).at("/error/type").asString())
                    .isEqualTo("invalid_request_error");
        }
    }

    @Test
    void request_whenNotArrivingInTime_isDropped() throws Exception {
        ServerOptions impatient =
                new ServerOptions(
                        "127.0.0.1",
                        0,
                        List.of(),
                        List.of(),
                        1 << 20,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(10));
        try (ServedFake fake =
                        ServedFake.start(FakeModel.saying("hi"), FakeEngine.OPTIONS, impatient);
                RawClient client = new RawClient(fake.server().port())) {
            client.write(
                    "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");

            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void stream_whenClientLeaves_cancelsAndFreesPages() throws Exception {
        FakeModel model = endless();
        model.hold();
        try (ServedFake fake = ServedFake.start(model, LONG, ServedFake.OPTIONS)) {
            RawClient client = new RawClient(fake.server().port());
            client.post(CHAT, chat("Hi", "\"ignore_eos\": true, \"stream\": true"));
            model.release(3);
            client.readUntil("data: ");
            client.close();

            awaitCancelled(fake);
        }
    }

    @Test
    void plainCall_whenClientLeaves_cancelsAndFreesPages() throws Exception {
        FakeModel model = endless();
        model.hold();
        try (ServedFake fake = ServedFake.start(model, LONG, ServedFake.OPTIONS)) {
            RawClient client = new RawClient(fake.server().port());
            client.post(CHAT, chat("Hi", "\"ignore_eos\": true"));
            model.release(3);
            ServedFake.await("the request runs", () -> !model.batches().isEmpty());
            client.close();

            awaitCancelled(fake);
        }
    }

    @Test
    void stream_whenClientDoesNotRead_isDisconnectedAfterTheTimeout() throws Exception {
        ServerOptions impatient =
                new ServerOptions(
                        "127.0.0.1",
                        0,
                        List.of(),
                        List.of(),
                        1 << 20,
                        Duration.ofMillis(500),
                        Duration.ofSeconds(10));
        try (ServedFake fake = ServedFake.start(endless(), LONG, impatient);
                RawClient client = new RawClient(fake.server().port())) {
            client.post(
                    CHAT,
                    chat(
                            "Hi",
                            "\"ignore_eos\": true, \"stream\": true, \"logprobs\": true, \"top_logprobs\": 20"));

            ServedFake.await(
                    "the request is cancelled",
                    () -> fake.engine().status().totals().cancelled() == 1);
        }
    }

    @Test
    void close_whenStreamsRun_tellsTheirClientsAndIsIdempotent() throws Exception {
        FakeModel model = endless();
        model.hold();
        try (ServedFake fake = ServedFake.start(model, LONG, ServedFake.OPTIONS);
                RawClient client = new RawClient(fake.server().port())) {
            client.post(CHAT, chat("Hi", "\"ignore_eos\": true, \"stream\": true"));
            model.release(3);
            client.readUntil("data: ");
            Thread closing = Thread.startVirtualThread(() -> fake.server().close(Duration.ZERO));
            Thread releasing = Thread.startVirtualThread(() -> releaseUntilEnd(model, closing));

            client.readUntil("the service is stopping");
            closing.join();
            releasing.join();
            fake.server().close(Duration.ZERO);

            assertThatThrownBy(() -> new RawClient(fake.server().port()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void close_whenAnswersEndInTime_letsThemFinish() throws Exception {
        FakeModel model = FakeModel.saying("hi");
        model.hold();
        try (ServedFake fake = ServedFake.start(model);
                RawClient client = new RawClient(fake.server().port())) {
            client.post(CHAT, chat("Hi", ""));
            model.release(1);
            ServedFake.await("the request runs", () -> !model.batches().isEmpty());
            Thread closing =
                    Thread.startVirtualThread(() -> fake.server().close(Duration.ofMinutes(1)));
            ServedFake.await("the service stops", () -> statusOfHealth(fake) == 503);
            model.releaseAll();

            assertThat(client.read().body()).contains("\"hi\"");
            closing.join();
        }
    }

    @Test
    void models_whenAsked_areListedAndFound() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi")) {
            JsonNode list = json(fake.get("/v1/models").body());
            HttpResponse<String> one = fake.get("/v1/models/fake");
            HttpResponse<String> none = fake.get("/v1/models/other");

            assertThat(list.at("/data/0/id").asString()).isEqualTo("fake");
            assertThat(list.at("/data/0/max_model_len").intValue()).isEqualTo(512);
            assertThat(one.statusCode()).isEqualTo(200);
            assertThat(none.statusCode()).isEqualTo(404);
            assertThat(json(none.body()).at("/error/code").asString()).isEqualTo("model_not_found");
        }
    }

    @Test
    void tokens_whenConverted_comeBack() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi")) {
            JsonNode prompt = fake.ask("/tokenize", "{\"prompt\": \"ab\"}");
            JsonNode content = fake.ask("/tokenize", "{\"content\": \"ab\"}");
            JsonNode messages =
                    fake.ask(
                            "/tokenize",
                            "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}");
            JsonNode text = fake.ask("/detokenize", "{\"tokens\": [97, 98]}");

            assertThat(prompt.at("/count").intValue()).isEqualTo(3);
            assertThat(prompt.at("/tokens/0").intValue()).isEqualTo(FakeTokenizer.BOS);
            assertThat(content.at("/count").intValue()).isEqualTo(2);
            assertThat(messages.at("/count").intValue())
                    .isEqualTo(1 + "<user>a<assistant>".length());
            assertThat(text.at("/prompt").asString()).isEqualTo("ab");
            assertThat(text.at("/content").asString()).isEqualTo("ab");
            assertThat(fake.post("/detokenize", "{\"tokens\": [999]}").statusCode()).isEqualTo(400);
        }
    }

    @Test
    void metrics_afterARequest_tellItUnderBothNames() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi")) {
            fake.ask(CHAT, chat("Hi", ""));

            HttpResponse<String> response = fake.get("/metrics");

            assertThat(response.headers().firstValue("content-type").orElseThrow())
                    .startsWith("text/plain");
            assertThat(response.body())
                    .contains("tokamak_http_requests_total{method=\"POST\",route=\"" + CHAT)
                    .contains("vllm:num_requests_running{model_name=\"fake\"} 0.0")
                    .contains("vllm:num_requests_waiting{model_name=\"fake\"}")
                    .contains("vllm:kv_cache_usage_perc{")
                    .contains("vllm:gpu_cache_usage_perc{")
                    .contains("vllm:prompt_tokens_total{model_name=\"fake\"} 20.0")
                    .contains("vllm:generation_tokens_total{model_name=\"fake\"} 3.0")
                    .contains("vllm:time_to_first_token_seconds_bucket{")
                    .contains("vllm:time_per_output_token_seconds_count{model_name=\"fake\"} ")
                    .contains("vllm:e2e_request_latency_seconds_sum{")
                    .contains(
                            "vllm:request_success_total{finished_reason=\"stop\",model_name=\"fake\"} 1.0")
                    .contains("# TYPE vllm:e2e_request_latency_seconds histogram")
                    .contains("tokamak_http_requests_in_flight 1.0");
        }
    }

    @Test
    void version_whenAsked_isThere() throws Exception {
        try (ServedFake fake = ServedFake.saying("hi")) {
            assertThat(json(fake.get("/version").body()).at("/version").asString()).isNotEmpty();
        }
    }

    private static FakeModel endless() {
        return FakeModel.random(FakeModel.Shape.DEFAULT.withPages(10_000));
    }

    /// Lets the model run, slowly, until the cancellation has come through.
    private static void awaitCancelled(ServedFake fake) {
        ServedFake.await(
                "the request is cancelled",
                () -> {
                    fake.model().release(1);
                    return fake.engine().status().totals().cancelled() == 1
                            && fake.engine().status().pagesUsed() == 0;
                });
    }

    private static void releaseUntilEnd(FakeModel model, Thread thread) {
        ServedFake.await(
                "the service has closed",
                () -> {
                    model.release(1);
                    return !thread.isAlive();
                });
    }

    private static int statusOfHealth(ServedFake fake) {
        try {
            return fake.get("/health").statusCode();
        } catch (IOException | InterruptedException e) {
            return 0;
        }
    }

    private static HttpResponse<String> get(HttpClient client, URI uri)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
}
