package dev.tokamak.models.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// Requests to the model hub and the stores that it refers to. Thread-safe.
final class HubClient implements AutoCloseable {

    private static final int REDIRECTS = 5;
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(15);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);

    /// What the hub says of a file.
    ///
    /// @param sha256 lower-case hexadecimal, or empty when it says nothing
    record RemoteFile(long sizeBytes, Optional<String> sha256) {}

    private final HubSettings settings;
    private final HttpClient client;

    HubClient(HubSettings settings) {
        this.settings = settings;
        this.client =
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(CONNECT_LIMIT)
                        .proxy(settings.proxy())
                        .build();
    }

    URI location(ModelSource.Hub source) {
        String base = settings.base().toString();
        return URI.create(
                (base.endsWith("/") ? base : base + "/")
                        + source.repository()
                        + "/resolve/main/"
                        + source.file());
    }

    /// Asks for size and checksum, which the hub gives in its first answer, before it refers to a store.
    RemoteFile describe(URI location) throws IOException, InterruptedException {
        OptionalLong size = OptionalLong.empty();
        Optional<String> sha256 = Optional.empty();
        URI at = location;
        for (int i = 0; i <= REDIRECTS; i++) {
            HttpRequest head =
                    request(at).method("HEAD", HttpRequest.BodyPublishers.noBody()).build();
            HttpResponse<Void> answer = send(head, HttpResponse.BodyHandlers.discarding());
            HttpHeaders headers = answer.headers();
            sha256 =
                    sha256.or(() -> checksum(headers, "x-linked-etag"))
                            .or(() -> checksum(headers, "etag"));
            size = size.isPresent() ? size : headers.firstValueAsLong("x-linked-size");
            if (!isRedirect(answer.statusCode())) {
                requireOk(answer.statusCode(), at);
                long length =
                        size.orElseGet(() -> headers.firstValueAsLong("content-length").orElse(-1));
                return new RemoteFile(length, sha256);
            }
            if (size.isPresent() && sha256.isPresent()) {
                return new RemoteFile(size.getAsLong(), sha256);
            }
            at = redirected(at, headers);
        }
        throw new IOException("more than " + REDIRECTS + " redirections from " + location);
    }

    /// Asks for the bytes of a file from an offset on.
    HttpResponse<InputStream> open(URI location, long offsetBytes)
            throws IOException, InterruptedException {
        URI at = location;
        for (int i = 0; i <= REDIRECTS; i++) {
            HttpRequest.Builder get = request(at);
            if (offsetBytes > 0) {
                get.header("Range", "bytes=" + offsetBytes + "-");
            }
            HttpResponse<InputStream> answer =
                    send(get.build(), HttpResponse.BodyHandlers.ofInputStream());
            if (!isRedirect(answer.statusCode())) {
                return answer;
            }
            answer.body().close();
            at = redirected(at, answer.headers());
        }
        throw new IOException("more than " + REDIRECTS + " redirections from " + location);
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        try {
            return client.send(request, body);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            boolean unknown =
                    Stream.<Throwable>iterate(e, Objects::nonNull, Throwable::getCause)
                            .anyMatch(UnresolvedAddressException.class::isInstance);
            throw new IOException(
                    "%s cannot be reached%s"
                            .formatted(
                                    request.uri().getHost(),
                                    unknown ? ": no address is known for it (offline?)" : ""),
                    e);
        }
    }

    private HttpRequest.Builder request(URI at) throws IOException {
        requireSafe(at);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(at)
                        .timeout(ANSWER_LIMIT)
                        .header("User-Agent", "tokamak")
                        .header("Accept-Encoding", "identity");
        if (!settings.token().isEmpty() && isHub(at)) {
            request.header("Authorization", "Bearer " + settings.token());
        }
        return request;
    }

    private boolean isHub(URI at) {
        URI base = settings.base();
        return at.getScheme().equals(base.getScheme())
                && at.getHost().equals(base.getHost())
                && at.getPort() == base.getPort();
    }

    /// Throws what an error status means in words.
    static void requireOk(int status, URI at) throws HubRefusal {
        if (status == 200 || status == 206) {
            return;
        }
        String reason =
                switch (status) {
                    case 401, 403 ->
                            "access is refused: the model is private, or its licence must be accepted on the hub; then set HF_TOKEN";
                    case 404, 410 -> "there is no such file";
                    case 429 -> "too many requests";
                    default -> "the server cannot answer";
                };
        throw new HubRefusal(status, at + " answered " + status + ": " + reason);
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI redirected(URI from, HttpHeaders headers) throws IOException {
        String location =
                headers.firstValue("location")
                        .orElseThrow(
                                () -> new IOException(from + " redirects without saying where"));
        try {
            return from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new IOException(from + " redirects to '" + location + "', which is no URI", e);
        }
    }

    private static void requireSafe(URI at) throws IOException {
        if (at.getHost() == null || at.getScheme() == null) {
            throw new IOException(at + " is not an address");
        }
        boolean local =
                at.getScheme().equals("http")
                        && InetAddress.getByName(at.getHost()).isLoopbackAddress();
        if (!at.getScheme().equals("https") && !local) {
            throw new IOException(at + " is not https, so it is not followed");
        }
    }

    /// A SHA-256 in an ETag, which files in Git LFS have; other files have something shorter there.
    private static Optional<String> checksum(HttpHeaders headers, String name) {
        return headers.firstValue(name)
                .map(value -> value.replace("W/", "").replace("\"", "").toLowerCase(Locale.ROOT))
                .filter(value -> value.matches("[0-9a-f]{64}"));
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /// An answer with an error status.
    static final class HubRefusal extends IOException {
        private final int status;

        HubRefusal(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }

        /// Whether asking again may help.
        boolean isPassing() {
            return status == 429 || status == 408 || status >= 500;
        }
    }
}
