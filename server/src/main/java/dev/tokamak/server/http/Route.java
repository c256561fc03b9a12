package dev.tokamak.server.http;

/// A method and a path that the service answers. Immutable.
///
/// @param path exact, or ending in `/{id}` for everything below
/// @param access whether a key is needed where keys are configured
public record Route(String method, String path, Access access, Endpoint endpoint) {

    private static final String TAIL = "{id}";

    /// Who may call a route.
    public enum Access {
        /// Anyone.
        OPEN,
        /// Holders of a key, where keys are configured.
        KEY
    }

    /// Whether the path of a request is this route's.
    boolean matches(String requested) {
        if (!path.endsWith(TAIL)) {
            return path.equals(requested);
        }
        String prefix = path.substring(0, path.length() - TAIL.length());
        return requested.startsWith(prefix) && requested.length() > prefix.length();
    }

    /// What the path of a request holds in the place of `{id}`.
    String tail(String requested) {
        return path.endsWith(TAIL) ? requested.substring(path.length() - TAIL.length()) : "";
    }
}
