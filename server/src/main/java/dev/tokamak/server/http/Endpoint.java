package dev.tokamak.server.http;

/// Answers the requests of one route. Thread-safe; runs on the virtual thread of the request.
@FunctionalInterface
public interface Endpoint {

    /// Answers, or throws what [Failures] turns into an error reply.
    void respond(Exchange exchange);
}
