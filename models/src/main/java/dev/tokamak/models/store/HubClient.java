package dev.tokamak.models.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Requests to the model hub and the stores that it refers to. Thread-safe.
final class HubClient implements AutoCloseable {

    private static final int REDIRECTS = 5;
    private static final int LARGEST_LISTING_BYTES = 1 << 24;
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
        return location(source.repository(), source.file());
    }

    /// Where a file of a repository is.
    URI location(String repository, String file) {
        return at(repository + "/resolve/main/" + escaped(file));
    }

    private URI at(String path) {
        String base = settings.base().toString();
        return URI.create((base.endsWith("/") ? base : base + "/") + path);
    }

    private static String escaped(String path) {
        return Arrays.stream(path.split("/"))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    /// What the hub says of a repository: JSON of bounded size.
    byte[] repository(String name) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = open(at("api/models/" + name + "?blobs=true"), 0);
        try (InputStream body = answer.body()) {
            requireOk(answer);
            byte[] json = body.readNBytes(LARGEST_LISTING_BYTES + 1);
            if (json.length > LARGEST_LISTING_BYTES) {
                throw new IOException(
                        "%s lists its files in more than %d bytes"
                                .formatted(name, LARGEST_LISTING_BYTES));
            }
            return json;
        }
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
                requireOk(answer);
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
    void requireOk(HttpResponse<?> answer) throws HubRefusal {
        int status = answer.statusCode();
        if (status == 200 || status == 206) {
            return;
        }
        String error = answer.headers().firstValue("x-error-code").orElse("");
        String reason =
                switch (status) {
                    case 401, 403 -> refusal(error);
                    case 404, 410 ->
                            error.equals("RepoNotFound")
                                    ? "there is no such repository"
                                    : "there is no such file";
                    case 429 -> "too many requests";
                    default -> "the server cannot answer";
                };
        throw new HubRefusal(status, answer.uri() + " answered " + status + ": " + reason);
    }

    /// Why access is refused, and what a person can do about it.
    private String refusal(String error) {
        boolean known = !settings.token().isEmpty();
        return switch (error) {
            case "GatedRepo" ->
                    known
                            ? "the model is gated, and the account of HF_TOKEN may not have it: accept its terms on the hub"
                            : "the model is gated: accept its terms on the hub, then set HF_TOKEN to a token of yours";
            case "RepoNotFound" ->
                    known
                            ? "there is no such repository, or it is private and HF_TOKEN gives no access to it"
                            : "there is no such repository, or it is private and needs HF_TOKEN";
            default ->
                    known
                            ? "access is refused: HF_TOKEN is not valid, or its account may not have this model, whose terms may have to be accepted on the hub"
                            : "access is refused: the model is private, or its licence must be accepted on the hub; then set HF_TOKEN";
        };
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
