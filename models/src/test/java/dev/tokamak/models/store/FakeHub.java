package dev.tokamak.models.store;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A model hub on this machine with one file, which misbehaves on request.
final class FakeHub implements AutoCloseable {

    /// Answers a GET in place of the hub; false leaves it to the hub.
    interface Mischief {
        boolean answer(HttpExchange exchange, int number) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final byte[] file;
    private final String etag;
    private final List<HttpExchange> gets = new CopyOnWriteArrayList<>();
    volatile Mischief head = (_, _) -> false;
    volatile Mischief get = (_, _) -> false;

    FakeHub(byte[] file, String etag) {
        this.file = file;
        this.etag = etag;
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
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

    /// The Range headers of the requests for the file, empty text for none.
    List<String> ranges() {
        return gets.stream()
                .map(
                        exchange ->
                                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"))
                                        .orElse(""))
                .toList();
    }

    List<HttpExchange> gets() {
        return gets;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (exchange.getRequestMethod().equals("HEAD")) {
                if (!head.answer(exchange, 0)) {
                    exchange.getResponseHeaders().set("X-Linked-ETag", '"' + etag + '"');
                    exchange.getResponseHeaders().set("X-Linked-Size", "" + file.length);
                    exchange.getResponseHeaders().set("Location", "/store/file");
                    exchange.sendResponseHeaders(302, -1);
                }
                return;
            }
            if (!exchange.getRequestURI().getPath().startsWith("/store/")) {
                exchange.getResponseHeaders().set("Location", base() + "/store/file");
                exchange.sendResponseHeaders(302, -1);
                return;
            }
            gets.add(exchange);
            if (!get.answer(exchange, gets.size())) {
                send(exchange, file.length);
            }
        }
    }

    /// Sends the part asked for, up to this position, then cuts the connection if that is not the end.
    void send(HttpExchange exchange, int end) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from =
                range == null
                        ? 0
                        : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        if (from > 0) {
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            "bytes %d-%d/%d".formatted(from, file.length - 1, file.length));
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, file.length - from);
        exchange.getResponseBody().write(file, from, Math.max(0, end - from));
        exchange.getResponseBody().flush();
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
