package dev.tokamak.models.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "pip is played by a shell script")
class PipDownloaderTest {

    @TempDir Path folder;

    private static PipDownloader pip(String script) {
        return new PipDownloader(
                List.of(List.of("no-such-command-anywhere"), List.of("sh", "-c", script, "pip")));
    }

    @Test
    void download_whenPipSucceeds_leavesOnlyItsFiles() throws Exception {
        pip("echo noise; touch \"$TMPDIR/$(echo \"$@\" | sed 's/.* //').whl\"")
                .download("some-package", "1.2", folder, _ -> {});
        assertThat(folder.toFile().list()).containsExactly("some-package==1.2.whl");
    }

    @Test
    void download_whenPipFails_showsWhatItSaid() {
        assertThatThrownBy(
                        () ->
                                pip("echo first; echo no matching distribution >&2; exit 3")
                                        .download("some-package", "1.2", folder, _ -> {}))
                .hasMessageContainingAll(
                        "some-package==1.2", "status 3", "first | no matching distribution");
    }

    @Test
    void download_whenNoPip_saysSo() {
        PipDownloader none = new PipDownloader(List.of(List.of("no-such-command-anywhere")));
        assertThatThrownBy(() -> none.download("some-package", "1.2", folder, _ -> {}))
                .hasMessageContaining("Python with pip is not installed");
    }

    @Test
    void download_whenInterrupted_endsPip() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> pip("sleep 600").download("some-package", "1.2", folder, _ -> {}))
                .isInstanceOf(InterruptedException.class);
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .noneMatch(
                        process -> process.info().commandLine().orElse("").contains("sleep 600"));
    }
}
