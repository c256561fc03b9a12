package dev.tokamak.server.page;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One page of a real browser, driven by its DevTools protocol.
final class HeadlessChromium implements AutoCloseable {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String LISTENING = "DevTools listening on ";

    private final Process process;
    private final Path profile;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<Integer, CompletableFuture<JsonNode>> replies = new ConcurrentHashMap<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final WebSocket socket;

    /// The browser's program, where one is installed.
    static Optional<Path> program() {
        return Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(
                        name ->
                                Stream.of(System.getenv("PATH").split(":"))
                                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    HeadlessChromium(Path program, URI page) throws Exception {
        profile = Files.createTempDirectory("chromium-profile");
        process =
                new ProcessBuilder(
                                program.toString(),
                                "--headless=new",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-dev-shm-usage",
                                "--remote-debugging-port=0",
                                "--user-data-dir=" + profile,
                                "about:blank")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        URI tab = URI.create("http://" + browserAddress().getAuthority() + "/json/new?" + page);
        JsonNode opened =
                MAPPER.readTree(
                        client.send(
                                        HttpRequest.newBuilder(tab)
                                                .PUT(HttpRequest.BodyPublishers.noBody())
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .body());
        socket =
                client.newWebSocketBuilder()
                        .buildAsync(
                                URI.create(opened.at("/webSocketDebuggerUrl").asString()),
                                new Replies())
                        .get(60, TimeUnit.SECONDS);
    }

    /// The value of a JavaScript expression, as text.
    String evaluate(String expression) throws Exception {
        ObjectNode params = MAPPER.createObjectNode();
        params.put("expression", "String(" + expression + ")");
        params.put("returnByValue", true);
        return call("Runtime.evaluate", params).at("/result/value").asString("");
    }

    /// Types text where the focus is.
    void type(String text) throws Exception {
        call("Input.insertText", MAPPER.createObjectNode().put("text", text));
    }

    /// Shows the page in a window of this size.
    void resize(int width, int height, boolean dark) throws Exception {
        ObjectNode metrics = MAPPER.createObjectNode();
        metrics.put("width", width).put("height", height);
        metrics.put("deviceScaleFactor", 1).put("mobile", width < 500);
        call("Emulation.setDeviceMetricsOverride", metrics);
        ObjectNode media = MAPPER.createObjectNode();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light");
        call("Emulation.setEmulatedMedia", media);
    }

    /// Writes what the page looks like as PNG.
    void screenshot(Path file) throws Exception {
        String data =
                call("Page.captureScreenshot", MAPPER.createObjectNode()).at("/data").asString();
        Files.write(file, Base64.getDecoder().decode(data));
    }

    private JsonNode call(String method, ObjectNode params) throws Exception {
        int id = calls.incrementAndGet();
        CompletableFuture<JsonNode> reply = new CompletableFuture<>();
        replies.put(id, reply);
        ObjectNode message = MAPPER.createObjectNode().put("id", id).put("method", method);
        message.set("params", params);
        socket.sendText(MAPPER.writeValueAsString(message), true).get(60, TimeUnit.SECONDS);
        return reply.get(60, TimeUnit.SECONDS);
    }

    private URI browserAddress() throws IOException {
        BufferedReader errors =
                new BufferedReader(
                        new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            if (line.startsWith(LISTENING)) {
                return URI.create(line.substring(LISTENING.length()).strip());
            }
        }
        throw new IOException("the browser ended before it listened");
    }

    private final class Replies implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                JsonNode message = MAPPER.readTree(text.toString());
                text.setLength(0);
                CompletableFuture<JsonNode> reply = replies.remove(message.at("/id").asInt(-1));
                if (reply != null) {
                    reply.complete(message.at("/result"));
                }
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        process.destroy();
        process.onExit().join();
        client.close();
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(
                            file -> {
                                boolean _ = file.toFile().delete();
                            });
        }
    }
}
