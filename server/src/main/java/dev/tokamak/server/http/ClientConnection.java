package dev.tokamak.server.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The socket of one client, with two things that the web server does not offer: noticing that the client left while an
/// answer is computed, and a time limit on the arrival of a request. Confined to the connection's thread, but for the
/// reader that it starts.
public final class ClientConnection {

    /* A departure shows only in a read. So while a handler works, a virtual thread reads ahead; what it gets is kept for
     * the next request of the connection, and the end of the stream is the departure. At most one read is under way
     * (pending), and it is never interrupted, because that would close the channel: when the handler is done, the
     * connection's thread takes over by waiting for it. A client that shuts down only its sending half counts as gone,
     * as in other servers.
     *
     * The web server sends `Connection: close` but goes on reading; so after such an answer the reader here is at its
     * end, which makes it close. */

    private static final Logger LOGGER = System.getLogger(ClientConnection.class.getName());
    static final ScopedValue<ClientConnection> CURRENT = ScopedValue.newInstance();

    private final ConnectionContext context;
    private final DataReader source;
    private final DataReader reader;
    private final Duration requestTimeout;
    private @Nullable CompletableFuture<byte[]> pending;
    private boolean requestBegun;
    private boolean closing;
    private long deadlineNanos;

    ClientConnection(ConnectionContext context, Duration requestTimeout) {
        this.context = context;
        this.source = context.dataReader();
        this.requestTimeout = requestTimeout;
        this.reader = DataReader.create(this::nextBytes);
    }

    /// The connection whose request this thread handles.
    public static ClientConnection current() {
        return CURRENT.get();
    }

    DataReader reader() {
        return reader;
    }

    /// Runs the action once if the client leaves before the watch is closed.
    public Watch watch(Runnable onDeparture) {
        Watch watch = new Watch(onDeparture);
        CompletableFuture<byte[]> _ =
                readAhead()
                        .whenComplete(
                                (bytes, failure) -> {
                                    if (failure != null || bytes.length == 0) {
                                        watch.departed();
                                    }
                                });
        return watch;
    }

    /// Ends the connection at once, so that a thread blocked in writing to it wakes.
    public void abort() {
        try {
            context.serverSocket().close();
        } catch (UncheckedIOException e) {
            LOGGER.log(Logger.Level.TRACE, "the connection had ended already", e);
        }
    }

    /// The time limit now covers the rest of this request.
    void requestArrived() {
        beginRequest();
    }

    /// The next bytes belong to another request, which may be long in coming, or which nobody will read.
    void requestFinished(boolean close) {
        requestBegun = false;
        closing = close;
    }

    private byte @Nullable [] nextBytes() {
        if (closing) {
            return null;
        }
        byte[] bytes = requestBegun ? timedRead() : untimedRead();
        if (!requestBegun) {
            beginRequest();
        }
        return bytes.length == 0 ? null : bytes;
    }

    private void beginRequest() {
        requestBegun = true;
        deadlineNanos = System.nanoTime() + requestTimeout.toNanos();
    }

    private byte[] untimedRead() {
        return pending == null ? read() : await(Long.MAX_VALUE);
    }

    private byte[] timedRead() {
        if (source.available() > 0) {
            return read();
        }
        return await(deadlineNanos - System.nanoTime());
    }

    private CompletableFuture<byte[]> readAhead() {
        CompletableFuture<byte[]> current = pending;
        if (current != null) {
            return current;
        }
        CompletableFuture<byte[]> ahead = new CompletableFuture<>();
        pending = ahead;
        Thread.ofVirtual()
                .name("read-ahead " + context.childSocketId())
                .start(
                        () -> {
                            try {
                                ahead.complete(read());
                            } catch (RuntimeException e) {
                                ahead.completeExceptionally(e);
                            }
                        });
        return ahead;
    }

    private byte[] await(long nanos) {
        CompletableFuture<byte[]> ahead = readAhead();
        try {
            byte[] bytes = ahead.get(nanos, TimeUnit.NANOSECONDS);
            pending = null;
            return bytes;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("interrupted while waiting for a request", e);
        } catch (TimeoutException e) {
            throw new CloseConnectionException(
                    "the request did not arrive within " + requestTimeout, e);
        } catch (ExecutionException e) {
            throw new CloseConnectionException("the connection failed", e);
        }
    }

    /// The next bytes, none at the end of the stream.
    private byte[] read() {
        try {
            source.ensureAvailable();
        } catch (DataReader.InsufficientDataAvailableException e) {
            return new byte[0];
        }
        return source.readBytes(source.available());
    }

    /// Waits for the departure of a client while open. Thread-safe.
    public static final class Watch implements AutoCloseable {

        private @Nullable Runnable onDeparture;
        private boolean departed;

        private Watch(Runnable onDeparture) {
            this.onDeparture = onDeparture;
        }

        private synchronized void departed() {
            Runnable action = onDeparture;
            onDeparture = null;
            if (action != null) {
                departed = true;
                action.run();
            }
        }

        /// Whether the client left while this was open.
        public synchronized boolean hasDeparted() {
            return departed;
        }

        @Override
        public synchronized void close() {
            onDeparture = null;
        }
    }
}
