package dev.tokamak.models.store;

import java.util.Locale;

/// Numbers of bytes as people read them. Stateless.
final class Sizes {

    private Sizes() {}

    static String label(long bytes) {
        if (bytes >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
        }
        if (bytes >= 1_000_000) {
            return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
        }
        return bytes + " bytes";
    }
}
