package dev.tokamak.models.store;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/// A model hub on this machine with one repository, `owner/repo`, whose weights have checksums and whose texts have none.
final class FakeRepository implements AutoCloseable {

    /// Answers a request in place of the hub; false leaves it to the hub.
    interface Mischief {
        boolean answer(HttpExchange exchange, String path) throws IOException;
    }

    private static final String API = "/api/models/owner/repo";
    private static final String FILES = "/owner/repo/resolve/main/";

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, byte[]> files = new TreeMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    volatile Mischief mischief = (_, _) -> false;

    FakeRepository() {
        try {
            InetAddress address = InetAddress.getLoopbackAddress();
            server = HttpServer.create(new InetSocketAddress(address, 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(executor);
        server.createContext("/", this::answer);
        server.start();
    }

    URI base() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    FakeRepository put(String path, byte[] content) {
        files.put(path, content);
        return this;
    }

    FakeRepository put(String path, String content) {
        return put(path, content.getBytes(StandardCharsets.UTF_8));
    }

    /// Paths of the files asked for, with `@` and the offset when that is not 0.
    List<String> requests() {
        return requests;
    }

    /// The most files that were sent at once.
    int mostAtOnce() {
        return most.get();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (mischief.answer(exchange, path)) {
                return;
            }
            if (path.equals(API)) {
                byte[] json = listing().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, json.length);
                exchange.getResponseBody().write(json);
                return;
            }
            byte[] content = path.startsWith(FILES) ? content(path) : null;
            if (content == null) {
                refuse(exchange, 404, path.startsWith(FILES) ? "EntryNotFound" : "RepoNotFound");
                return;
            }
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                send(exchange, content, content.length);
            } finally {
                running.decrementAndGet();
            }
        }
    }

    byte[] content(String path) {
        return files.get(path.substring(path.indexOf(FILES) + FILES.length()));
    }

    static void refuse(HttpExchange exchange, int status, String error) throws IOException {
        exchange.getResponseHeaders().set("X-Error-Code", error);
        exchange.sendResponseHeaders(status, -1);
    }

    /// Sends what is asked for up to this position, then cuts the connection if that is not the end.
    void send(HttpExchange exchange, byte[] content, int end) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        String path = exchange.getRequestURI().getPath().substring(FILES.length());
        requests.add(from == 0 ? path : path + "@" + from);
        if (from > 0) {
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
        exchange.getResponseBody().write(content, from, Math.max(0, end - from));
        exchange.getResponseBody().flush();
    }

    private String listing() {
        return files.entrySet().stream()
                .map(file -> entry(file.getKey(), file.getValue()))
                .collect(Collectors.joining(",", "{\"siblings\":[", "]}"));
    }

    private static String entry(String path, byte[] content) {
        boolean large = path.endsWith(".gguf") || path.endsWith(".safetensors");
        String lfs =
                large
                        ? ",\"lfs\":{\"sha256\":\"%s\",\"size\":%d}"
                                .formatted(sha256(content), content.length)
                        : "";
        return "{\"rfilename\":\"%s\",\"size\":%d%s}".formatted(path, content.length, lfs);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
