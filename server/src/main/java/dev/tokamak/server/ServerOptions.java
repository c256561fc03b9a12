package dev.tokamak.server;

import dev.tokamak.server.model.ServerException;
import java.time.Duration;
import java.util.List;

/// Where the service listens and what it allows. Immutable.
///
/// @param port 0 takes a free one
/// @param apiKeys clients must send one of them; none leaves the service open
/// @param allowedOrigins web origins, beside the service's own page, whose pages may call it
/// @param maxBodyBytes most bytes of one request
/// @param requestTimeout how long a request may take to arrive, and one write of a stream to leave; a client that does not
///     read is disconnected after it
/// @param keepAlive how long a stream may be silent before a comment is sent
public record ServerOptions(
        String host,
        int port,
        List<String> apiKeys,
        List<String> allowedOrigins,
        long maxBodyBytes,
        Duration requestTimeout,
        Duration keepAlive) {

    public ServerOptions {
        if (port < 0 || port > 65_535) {
            throw ServerException.invalid("port", "port must be 0 to 65535, found " + port);
        }
        if (maxBodyBytes < 1 || maxBodyBytes > Integer.MAX_VALUE - 16) {
            throw ServerException.invalid(
                    "max-body-bytes",
                    "the body limit must be 1 byte to 2 GiB, found " + maxBodyBytes);
        }
        if (apiKeys.stream().anyMatch(String::isBlank)) {
            throw ServerException.invalid("api-key", "an API key must not be blank");
        }
        apiKeys = List.copyOf(apiKeys);
        allowedOrigins = List.copyOf(allowedOrigins);
    }

    /// An open service on this address: 16 MiB a request, arriving within a minute, a comment after 10 seconds of silence.
    public static ServerOptions of(String host, int port) {
        return new ServerOptions(
                host,
                port,
                List.of(),
                List.of(),
                16L << 20,
                Duration.ofMinutes(1),
                Duration.ofSeconds(10));
    }

    /// The same service behind these keys.
    public ServerOptions withKeys(List<String> keys) {
        return new ServerOptions(
                host, port, keys, allowedOrigins, maxBodyBytes, requestTimeout, keepAlive);
    }

    /// The same service for these web origins.
    public ServerOptions withOrigins(List<String> origins) {
        return new ServerOptions(
                host, port, apiKeys, origins, maxBodyBytes, requestTimeout, keepAlive);
    }
}
