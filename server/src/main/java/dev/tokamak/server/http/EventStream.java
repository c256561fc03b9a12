package dev.tokamak.server.http;

import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// An answer of server-sent events; each is on its way when the call returns. Writing to a client that left throws the
/// exception that ends its connection. Confined to the thread of the request.
public final class EventStream implements AutoCloseable {

    private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    /* A write to a client that does not read blocks and cannot be given a time limit, so a virtual thread looks from time
     * to time whether one has taken too long, and then closes the connection under it. */
    private static final long IDLE = Long.MAX_VALUE;

    private final OutputStream out;
    private final Thread guard;
    private volatile long writeBegunNanos = IDLE;

    EventStream(OutputStream out, ClientConnection connection, Duration writeTimeout) {
        this.out = out;
        guard =
                Thread.ofVirtual()
                        .name("write-guard")
                        .start(() -> guardWrites(connection, writeTimeout));
    }

    private void guardWrites(ClientConnection connection, Duration writeTimeout) {
        try {
            while (!isLate(writeTimeout)) {
                Thread.sleep(writeTimeout.dividedBy(2));
            }
            connection.abort();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isLate(Duration writeTimeout) {
        long begun = writeBegunNanos;
        return begun != IDLE && System.nanoTime() - begun > writeTimeout.toNanos();
    }

    /// Sends one event; the text must hold no line break, as JSON does not.
    public void send(String text) {
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Sends one event; the UTF-8 text must hold no line break, as JSON does not.
    public void send(byte[] text) {
        byte[] event = new byte[DATA.length + text.length + END.length];
        System.arraycopy(DATA, 0, event, 0, DATA.length);
        System.arraycopy(text, 0, event, DATA.length, text.length);
        System.arraycopy(END, 0, event, DATA.length + text.length, END.length);
        write(event);
    }

    /// Sends a comment, which clients ignore, so that nothing on the way takes silence for death.
    public void keepAlive() {
        write(KEEP_ALIVE);
    }

    private void write(byte[] bytes) {
        writeBegunNanos = System.nanoTime();
        try {
            out.write(bytes);
            out.flush();
            writeBegunNanos = IDLE;
        } catch (IOException e) {
            throw new CloseConnectionException("the client left", e);
        }
    }

    @Override
    public void close() {
        guard.interrupt();
        try {
            out.close();
        } catch (IOException e) {
            throw new CloseConnectionException("the client left", e);
        }
    }
}
