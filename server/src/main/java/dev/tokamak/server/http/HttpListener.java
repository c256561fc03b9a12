package dev.tokamak.server.http;

import dev.tokamak.server.model.ServerException;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/// The open port of the service. Thread-safe.
public final class HttpListener implements AutoCloseable {

    private static final Duration IDLE_CONNECTION_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration IDLE_CHECK_PERIOD = Duration.ofMinutes(1);

    private final WebServer server;
    private final int port;

    private HttpListener(WebServer server, int port) {
        this.server = server;
        this.port = port;
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
    /// @param requestTimeout how long a request may take to arrive, and one write of a stream to leave
    public record Limits(
            List<String> keys, List<String> origins, long maxBodyBytes, Duration requestTimeout) {}

    /// Opens the port.
    ///
    /// @throws ServerException when the port is taken or the host is not this machine's
    public static HttpListener start(Setup setup) {
        InetAddress address = resolve(setup.host());
        requireFree(setup, address);
        WebServer server =
                WebServer.builder()
                        .address(address)
                        .port(setup.port())
                        .shutdownHook(false)
                        .idleConnectionTimeout(IDLE_CONNECTION_TIMEOUT)
                        .idleConnectionPeriod(IDLE_CHECK_PERIOD)
                        .connectionOptions(options -> options.tcpNoDelay(true))
                        .protocolsDiscoverServices(false)
                        .addConnectionSelector(new WatchedSelector(setup.limits().requestTimeout()))
                        .directHandlers(transportFailures(setup.failures()))
                        .routing(
                                (HttpRouting.Builder routing) -> routing.any(new Dispatcher(setup)))
                        .build();
        server.start();
        if (!server.isRunning()) {
            throw new ServerException(
                    ServerException.Code.CANNOT_LISTEN, "cannot listen on " + place(setup));
        }
        return new HttpListener(server, server.port());
    }

    public int port() {
        return port;
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

    /// The web server only logs why it cannot listen, so the port is tried first.
    private static void requireFree(Setup setup, InetAddress address) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address, setup.port()));
        } catch (BindException e) {
            boolean inUse = String.valueOf(e.getMessage()).contains("in use");
            throw inUse
                    ? new ServerException(
                            ServerException.Code.ADDRESS_IN_USE,
                            "port "
                                    + setup.port()
                                    + " on "
                                    + setup.host()
                                    + " is in use by another process; choose another port",
                            e)
                    : cannotListen(setup, e);
        } catch (IOException e) {
            throw cannotListen(setup, e);
        }
    }

    private static ServerException cannotListen(Setup setup, IOException cause) {
        return new ServerException(
                ServerException.Code.CANNOT_LISTEN,
                "cannot listen on " + place(setup) + ": " + cause.getMessage(),
                cause);
    }

    private static String place(Setup setup) {
        return setup.host() + ":" + setup.port();
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
