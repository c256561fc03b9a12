package dev.tokamak.server;

import dev.tokamak.server.http.HttpListener;
import dev.tokamak.server.http.Route;
import dev.tokamak.server.metric.ServerMetrics;
import dev.tokamak.server.model.ModelRegistry;
import dev.tokamak.server.openai.ActiveRequests;
import dev.tokamak.server.openai.OpenAiErrors;
import dev.tokamak.server.openai.OpenAiRoutes;
import dev.tokamak.server.openai.Service;
import dev.tokamak.server.page.StaticPage;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The HTTP service of a set of models. It listens as soon as it is started; models may still be loading. Thread-safe.
public final class TokamakServer implements AutoCloseable {

    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final ServerOptions options;
    private final ActiveRequests active;
    private final HttpListener listener;

    private TokamakServer(ServerOptions options, ActiveRequests active, HttpListener listener) {
        this.options = options;
        this.active = active;
        this.listener = listener;
    }

    /// Opens the port. The engines of the models stay the caller's: close them after the service.
    ///
    /// @throws dev.tokamak.server.model.ServerException when the port is taken or the host is not this machine's
    public static TokamakServer start(ServerOptions options, ModelRegistry models) {
        ActiveRequests active = new ActiveRequests();
        ServerMetrics metrics = new ServerMetrics(models);
        OpenAiErrors errors = new OpenAiErrors();
        Service service = new Service(models, active, metrics, errors, options.keepAlive());
        List<Route> routes = new ArrayList<>(OpenAiRoutes.of(service, version()));
        routes.addAll(StaticPage.routes());
        HttpListener listener =
                HttpListener.start(
                        new HttpListener.Setup(
                                options.host(),
                                options.port(),
                                new HttpListener.Limits(
                                        options.apiKeys(),
                                        options.allowedOrigins(),
                                        options.maxBodyBytes(),
                                        options.requestTimeout()),
                                routes,
                                errors,
                                metrics));
        return new TokamakServer(options, active, listener);
    }

    /// The port that is listened on.
    public int port() {
        return listener.port();
    }

    /// Where clients on this machine find the service.
    public URI uri() {
        String host = options.host().equals("0.0.0.0") ? "127.0.0.1" : options.host();
        return URI.create(
                "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + "/");
    }

    /// Refuses new requests, lets the others finish for at most this long, cancels the rest, telling their clients, and
    /// closes the port. Idempotent.
    public void close(Duration limit) {
        active.stop(limit, LAST_WORDS);
        listener.close();
    }

    /// Cancels all requests and closes the port. Idempotent.
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    private static String version() {
        return Optional.ofNullable(TokamakServer.class.getModule().getDescriptor())
                .flatMap(descriptor -> descriptor.rawVersion())
                .or(
                        () ->
                                Optional.ofNullable(
                                        TokamakServer.class
                                                .getPackage()
                                                .getImplementationVersion()))
                .orElse("development");
    }
}
