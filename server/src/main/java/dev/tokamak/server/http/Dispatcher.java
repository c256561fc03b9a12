package dev.tokamak.server.http;

import dev.tokamak.server.model.ServerException;
import io.helidon.http.BadRequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Finds the route of each request, checks who asks and from where, and turns failures into answers. Thread-safe.
final class Dispatcher implements Handler {

    private static final String UNKNOWN = "unknown";
    private static final String CORS_MAX_AGE_SECONDS = "600";

    private final List<Route> routes;
    private final AccessPolicy policy;
    private final Failures failures;
    private final ExchangeObserver observer;
    private final HttpListener.Limits limits;

    Dispatcher(HttpListener.Setup setup) {
        routes = setup.routes();
        policy = AccessPolicy.of(setup.limits().keys(), setup.limits().origins());
        failures = setup.failures();
        observer = setup.observer();
        limits = setup.limits();
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        Exchange exchange = new Exchange(request, response, limits);
        List<Route> atPath =
                routes.stream().filter(route -> route.matches(exchange.path())).toList();
        ClientConnection.current().requestArrived();
        observer.begun();
        try {
            answer(exchange, atPath);
        } finally {
            ClientConnection.current().requestFinished(exchange.isLast());
            observer.ended(
                    exchange.method(),
                    atPath.isEmpty() ? UNKNOWN : atPath.getFirst().path(),
                    exchange.status());
        }
    }

    private void answer(Exchange exchange, List<Route> atPath) {
        try {
            allowOrigin(exchange);
            if (exchange.method().equals("OPTIONS") && !atPath.isEmpty()) {
                sendOptions(exchange, atPath);
                return;
            }
            Route route = requireRoute(exchange, atPath);
            requireKey(exchange, route);
            exchange.at(route.tail(exchange.path()));
            route.endpoint().respond(exchange);
        } catch (CloseConnectionException | BadRequestException e) {
            throw e;
        } catch (RuntimeException e) {
            if (exchange.isAnswered()) {
                throw new CloseConnectionException("failed after the answer had begun", e);
            }
            exchange.send(failures.reply(e));
        }
    }

    private static Route requireRoute(Exchange exchange, List<Route> atPath) {
        if (atPath.isEmpty()) {
            throw new ServerException(
                    ServerException.Code.UNKNOWN_ROUTE,
                    "unknown route " + exchange.method() + " " + exchange.path());
        }
        String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
        Optional<Route> found =
                atPath.stream().filter(route -> route.method().equals(method)).findFirst();
        if (found.isEmpty()) {
            exchange.addHeader("Allow", methods(atPath));
            throw new ServerException(
                    ServerException.Code.METHOD_NOT_ALLOWED,
                    exchange.path() + " takes " + methods(atPath) + ", found " + exchange.method());
        }
        return found.get();
    }

    private void requireKey(Exchange exchange, Route route) {
        if (route.access() == Route.Access.OPEN
                || policy.admits(exchange.header("Authorization"), exchange.header("x-api-key"))) {
            return;
        }
        exchange.addHeader("WWW-Authenticate", "Bearer");
        throw new ServerException(
                ServerException.Code.UNAUTHORIZED,
                "this service needs a key: send `Authorization: Bearer KEY` or `x-api-key: KEY`");
    }

    private void allowOrigin(Exchange exchange) {
        if (policy.origins().isEmpty()) {
            return;
        }
        exchange.addHeader("Vary", "Origin");
        Optional<String> origin = exchange.header("Origin").filter(policy.origins()::contains);
        if (origin.isPresent()) {
            exchange.addHeader("Access-Control-Allow-Origin", origin.get());
        }
    }

    private void sendOptions(Exchange exchange, List<Route> atPath) {
        Map<String, String> headers =
                exchange.header("Origin").filter(policy.origins()::contains).isPresent()
                        ? Map.of(
                                "Allow",
                                methods(atPath),
                                "Access-Control-Allow-Methods",
                                methods(atPath),
                                "Access-Control-Allow-Headers",
                                "authorization, content-type, x-api-key",
                                "Access-Control-Max-Age",
                                CORS_MAX_AGE_SECONDS)
                        : Map.of("Allow", methods(atPath));
        exchange.send(new Reply(200, "text/plain", new byte[0], headers));
    }

    private static String methods(List<Route> atPath) {
        TreeSet<String> methods =
                atPath.stream().map(Route::method).collect(Collectors.toCollection(TreeSet::new));
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        methods.add("OPTIONS");
        return String.join(", ", methods);
    }
}
