package dev.tokamak.server.http;

/// Told about each request, for the metrics. Thread-safe.
public interface ExchangeObserver {

    /// A request has arrived.
    void begun();

    /// Its answer has been written, or the client has left.
    ///
    /// @param route the path of the route, not of the request, so that there are few
    void ended(String method, String route, int status);
}
