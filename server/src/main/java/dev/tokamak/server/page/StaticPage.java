package dev.tokamak.server.page;

import dev.tokamak.server.http.Reply;
import dev.tokamak.server.http.Route;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The files of the page and their routes. They may load nothing from elsewhere and run no script written into them.
public final class StaticPage {

    private static final Map<String, String> HEADERS =
            Map.of(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                            + " img-src 'self' data:; base-uri 'none'; form-action 'none';"
                            + " frame-ancestors 'none'",
                    "X-Content-Type-Options",
                    "nosniff",
                    "Referrer-Policy",
                    "no-referrer",
                    "Cache-Control",
                    "no-cache");

    private StaticPage() {}

    /// The routes of the page; anyone may load it, keys are asked for when it calls the API.
    public static List<Route> routes() {
        return List.of(
                file("/", "chat.html", "text/html; charset=utf-8"),
                file("/chat.css", "chat.css", "text/css; charset=utf-8"),
                file("/chat.js", "chat.js", "text/javascript; charset=utf-8"),
                file("/favicon.ico", "icon.svg", "image/svg+xml"));
    }

    private static Route file(String path, String resource, String contentType) {
        Reply reply = new Reply(200, contentType, read(resource), HEADERS);
        return new Route("GET", path, Route.Access.OPEN, exchange -> exchange.send(reply));
    }

    private static byte[] read(String resource) {
        try (InputStream in =
                Objects.requireNonNull(
                        StaticPage.class.getResourceAsStream(resource),
                        () -> "missing resource " + resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
