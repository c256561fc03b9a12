package dev.tokamak.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;

/// The folder beside the checkout that holds reference data too large for the repository. Where it is absent, tests that
/// need it are skipped; where it is present, a missing or wrong file fails them. Thread-safe.
public final class SharedFolder {

    private static final Path ROOT = Path.of(System.getProperty("tokamak.shared", "../../shared"));
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private SharedFolder() {}

    public static boolean isPresent() {
        return Files.isDirectory(ROOT);
    }

    /// A file or folder in it; skips the test where there is no shared folder.
    public static Path require(String path) {
        String absence = "no folder " + ROOT.normalize() + " with reference data";
        // Maven's console counts skipped tests but does not show their reasons.
        if (!isPresent() && !SAID.getAndSet(true)) {
            System.err.println("Tests against reference data are skipped: " + absence);
        }
        Assumptions.assumeTrue(isPresent(), absence);
        assertThat(ROOT.resolve(path)).exists();
        return ROOT.resolve(path);
    }
}
