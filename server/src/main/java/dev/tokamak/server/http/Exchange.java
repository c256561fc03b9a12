package dev.tokamak.server.http;

import dev.tokamak.server.model.ServerException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One request and its answer. Confined to the thread of the request.
public final class Exchange {

    /* A client that sends a body that is too large reads the answer only after it has sent everything, and a socket
     * closed with unread bytes takes the answer down with it. So the rest is read and dropped, up to a bound. */
    private static final long DISCARDED_BYTES = 256L << 20;

    private final ServerRequest request;
    private final ServerResponse response;
    private final long maxBodyBytes;
    private final Duration writeTimeout;
    private String tail = "";
    private int status;
    private boolean bodyTooLarge;
    private @Nullable InputStream content;

    Exchange(ServerRequest request, ServerResponse response, HttpListener.Limits limits) {
        this.request = request;
        this.response = response;
        maxBodyBytes = limits.maxBodyBytes();
        writeTimeout = limits.requestTimeout();
    }

    public String method() {
        return request.prologue().method().text();
    }

    public String path() {
        return request.path().path();
    }

    /// What the path holds in the place of `{id}`.
    public String tail() {
        return tail;
    }

    public Optional<String> header(String name) {
        return request.headers().first(HeaderNames.create(name));
    }

    /// The whole body.
    public byte[] body() {
        long announced = request.headers().contentLength().orElse(-1);
        if (announced > maxBodyBytes) {
            throw tooLarge(announced + " bytes");
        }
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        ByteArrayOutputStream body =
                new ByteArrayOutputStream(announced < 0 ? 4096 : (int) announced);
        try {
            InputStream in = content();
            byte[] buffer = new byte[16 << 10];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (body.size() + (long) count > maxBodyBytes) {
                    throw tooLarge("more than " + maxBodyBytes + " bytes");
                }
                body.write(buffer, 0, count);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return body.toByteArray();
    }

    private ServerException tooLarge(String found) {
        bodyTooLarge = true;
        return new ServerException(
                ServerException.Code.BODY_TOO_LARGE,
                "the body may hold at most " + maxBodyBytes + " bytes, found " + found);
    }

    /// Sends a whole answer.
    public void send(Reply reply) {
        status = reply.status();
        response.status(Status.create(reply.status()));
        response.header(HeaderNames.CONTENT_TYPE, reply.contentType());
        reply.headers().forEach(this::addHeader);
        if (bodyTooLarge) {
            response.header(HeaderNames.CONNECTION, "close");
        }
        if (method().equals("HEAD")) {
            response.header(HeaderNames.CONTENT_LENGTH, Integer.toString(reply.body().length));
            response.send();
        } else {
            response.send(reply.body());
        }
        if (bodyTooLarge) {
            discardBody();
        }
    }

    /// Begins an answer of server-sent events.
    public EventStream stream() {
        status = Status.OK_200.code();
        response.header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.header(HeaderNames.CACHE_CONTROL, "no-cache");
        addHeader("X-Accel-Buffering", "no");
        return new EventStream(response.outputStream(), connection(), writeTimeout);
    }

    /// The client of this exchange.
    public ClientConnection connection() {
        return ClientConnection.current();
    }

    void at(String tail) {
        this.tail = tail;
    }

    void addHeader(String name, String value) {
        HeaderName header = HeaderNames.create(name);
        response.header(header, value);
    }

    /// The status sent, 0 before.
    int status() {
        return status;
    }

    /// Whether the connection ends with this exchange, because one side says so.
    boolean isLast() {
        return request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
                || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
    }

    boolean isAnswered() {
        return status != 0;
    }

    private InputStream content() {
        InputStream open = content;
        if (open == null) {
            open = request.content().inputStream();
            content = open;
        }
        return open;
    }

    private void discardBody() {
        boolean awaitsContinue =
                header("Expect").filter("100-continue"::equalsIgnoreCase).isPresent();
        if (awaitsContinue) {
            return;
        }
        try {
            InputStream in = content();
            byte[] buffer = new byte[64 << 10];
            long discarded = 0;
            while (discarded < DISCARDED_BYTES) {
                int count = in.read(buffer);
                if (count < 0) {
                    return;
                }
                discarded += count;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
