package dev.tokamak.app.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ProgressBarTest {

    private static final long MEBIBYTE = 1L << 20;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

    @Test
    void advance_onATerminal_rewritesOneLineWithRateAndTimeLeft() {
        try (ProgressBar bar = bar(true)) {
            bar.advance(0, 100 * MEBIBYTE);
            now.set(Instant.EPOCH.plusSeconds(5));
            bar.advance(50 * MEBIBYTE, 100 * MEBIBYTE);
        }

        assertThat(text())
                .contains(
                        "\rmodel [############............]  50 %  50 MiB of 100 MiB  10.0 MiB/s  0:05 left");
        assertThat(text().chars().filter(c -> c == '\n').count()).isEqualTo(1);
    }

    @Test
    void advance_elsewhere_printsALineForEveryTenthOfLongWork() {
        try (ProgressBar bar = bar(false)) {
            now.set(Instant.EPOCH.plusSeconds(3));
            for (int i = 0; i <= 100; i++) {
                bar.advance(i * MEBIBYTE, 100 * MEBIBYTE);
            }
        }

        assertThat(text().lines()).hasSize(11).allMatch(line -> !line.contains("\r"));
    }

    @Test
    void advance_elsewhereWhenWorkIsShort_printsNothing() {
        try (ProgressBar bar = bar(false)) {
            bar.advance(100 * MEBIBYTE, 100 * MEBIBYTE);
        }

        assertThat(text()).isEmpty();
    }

    private ProgressBar bar(boolean terminal) {
        return new ProgressBar(
                "model", new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, now::get);
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
