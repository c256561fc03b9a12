package dev.tokamak.server.http;

import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// An answer of server-sent events; each is on its way when the call returns. Writing to a client that left throws the
/// exception that ends its connection. Confined to the thread of the request.
public final class EventStream implements AutoCloseable {

    private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    private final OutputStream out;

    EventStream(OutputStream out) {
        this.out = out;
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
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new CloseConnectionException("the client left", e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new CloseConnectionException("the client left", e);
        }
    }
}
