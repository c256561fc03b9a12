package dev.tokamak.models.store;

import java.nio.file.Path;
import java.util.Map;

/// Where model files are kept: `$TOKAMAK_CACHE/models`, else `$XDG_CACHE_HOME/tokamak/models`, else
/// `~/.cache/tokamak/models`. Stateless.
final class CacheFolder {

    static final String OVERRIDE = "TOKAMAK_CACHE";

    private CacheFolder() {}

    static Path of(Map<String, String> environment, Path home) {
        String override = environment.getOrDefault(OVERRIDE, "");
        if (!override.isBlank()) {
            return Path.of(override).toAbsolutePath().resolve("models");
        }
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        // The XDG rules say that a relative path is to be ignored.
        boolean usable = !xdg.isBlank() && Path.of(xdg).isAbsolute();
        Path caches = usable ? Path.of(xdg) : home.resolve(".cache");
        return caches.resolve("tokamak").resolve("models");
    }
}
