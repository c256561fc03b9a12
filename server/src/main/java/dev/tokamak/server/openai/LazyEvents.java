package dev.tokamak.server.openai;

import dev.tokamak.server.http.EventStream;
import dev.tokamak.server.http.Exchange;
import dev.tokamak.server.openai.wire.JsonText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A stream of events that opens with the first one, so that what fails before is still answered with a status. Confined
/// to the thread of the request.
final class LazyEvents implements AutoCloseable {

    private final Exchange exchange;
    private @Nullable EventStream stream;

    LazyEvents(Exchange exchange) {
        this.exchange = exchange;
    }

    boolean hasBegun() {
        return stream != null;
    }

    /// Sends one chunk.
    void send(ObjectNode chunk) {
        stream().send(JsonText.write(chunk));
    }

    void keepAlive() {
        stream().keepAlive();
    }

    /// Tells that everything has been told.
    void done() {
        stream().send("[DONE]");
    }

    /// Tells an error instead.
    void fail(byte[] error) {
        stream().send(error);
    }

    @Override
    public void close() {
        if (stream != null) {
            stream.close();
        }
    }

    private EventStream stream() {
        EventStream open = stream;
        if (open == null) {
            open = exchange.stream();
            stream = open;
        }
        return open;
    }
}
