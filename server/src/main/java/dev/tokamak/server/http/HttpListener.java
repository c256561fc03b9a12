package dev.tokamak.server.http;

import dev.tokamak.server.model.ServerException;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The open port of the service. Thread-safe.
public final class HttpListener implements AutoCloseable {

    private static final Duration IDLE_CONNECTION_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration IDLE_CHECK_PERIOD = Duration.ofMinutes(1);

    private final WebServer server;

    private HttpListener(WebServer server) {
        this.server = server;
    }

    /// What is listened for and how it is answered. Immutable.
    public record Setup(
            String host,
            int port,
            Limits limits,
            List<Route> routes,
            Failures failures,
            ExchangeObserver observer) {}

    /// Who may ask, how much, and in which time. Immutable.
    ///
    /// @param keys none leaves the service open
    /// @param origins web origins whose pages may call the service
    /// @param requestTimeout how long a request may take to arrive
    public record Limits(
            List<String> keys, List<String> origins, long maxBodyBytes, Duration requestTimeout) {}

    /// Opens the port.
    ///
    /// @throws ServerException when the port is taken or the host is not this machine's
    public static HttpListener start(Setup setup) {
        WebServer server =
                WebServer.builder()
                        .address(resolve(setup.host()))
                        .port(setup.port())
                        .shutdownHook(false)
                        .idleConnectionTimeout(IDLE_CONNECTION_TIMEOUT)
                        .idleConnectionPeriod(IDLE_CHECK_PERIOD)
                        .connectionOptions(options -> options.tcpNoDelay(true))
                        .addConnectionSelector(new WatchedSelector(setup.limits().requestTimeout()))
                        .directHandlers(transportFailures(setup.failures()))
                        .routing(
                                (HttpRouting.Builder routing) -> routing.any(new Dispatcher(setup)))
                        .build();
        try {
            server.start();
        } catch (RuntimeException e) {
            throw cannotListen(setup, e);
        }
        return new HttpListener(server);
    }

    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    private static InetAddress resolve(String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new ServerException(
                    ServerException.Code.CANNOT_LISTEN, "unknown host " + host, e);
        }
    }

    private static ServerException cannotListen(Setup setup, RuntimeException failure) {
        String place = setup.host() + ":" + setup.port();
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException bind) {
                String message = String.valueOf(bind.getMessage());
                return message.contains("in use")
                        ? new ServerException(
                                ServerException.Code.ADDRESS_IN_USE,
                                "port "
                                        + setup.port()
                                        + " on "
                                        + setup.host()
                                        + " is in use by another process; choose another port",
                                failure)
                        : new ServerException(
                                ServerException.Code.CANNOT_LISTEN,
                                "cannot listen on " + place + ": " + message,
                                failure);
            }
            if (cause instanceof UnresolvedAddressException) {
                return new ServerException(
                        ServerException.Code.CANNOT_LISTEN, "unknown host " + place, failure);
            }
        }
        return new ServerException(
                ServerException.Code.CANNOT_LISTEN,
                "cannot listen on " + place + ": " + failure.getMessage(),
                failure);
    }

    /// Answers requests that are no HTTP, or break its rules before a route is found, in the shape of the API.
    private static DirectHandlers transportFailures(Failures failures) {
        DirectHandler handler =
                (request, event, status, headers, message) -> {
                    RuntimeException failure =
                            status.code() >= 500
                                    ? new IllegalStateException(message)
                                    : new ServerException(
                                            ServerException.Code.INVALID_REQUEST,
                                            "malformed HTTP request: " + message);
                    ServerResponseHeaders replyHeaders = ServerResponseHeaders.create();
                    replyHeaders.set(HeaderValues.create(HeaderNames.CONTENT_TYPE, Reply.JSON));
                    return DirectHandler.TransportResponse.builder()
                            .status(status)
                            .headers(replyHeaders)
                            .entity(failures.reply(failure).body())
                            .keepAlive(false)
                            .build();
                };
        DirectHandlers.Builder builder = DirectHandlers.builder();
        for (DirectHandler.EventType event : DirectHandler.EventType.values()) {
            builder.addHandler(event, handler);
        }
        return builder.build();
    }
}
