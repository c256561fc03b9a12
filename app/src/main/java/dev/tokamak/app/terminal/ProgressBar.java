package dev.tokamak.app.terminal;

import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;

/// One line that shows how far a long piece of work has come: share, amount, rate and time left. On a terminal it is
/// rewritten in place a few times a second; elsewhere, as in a log, a line is printed for every tenth of work that takes
/// longer than a few seconds. Thread-safe.
public final class ProgressBar implements AutoCloseable {

    private static final int WIDTH = 24;
    private static final Duration REFRESH = Duration.ofMillis(100);
    private static final Duration WORTH_LOGGING = Duration.ofSeconds(3);
    private static final double MEBIBYTE = 1024.0 * 1024.0;

    private final String title;
    private final PrintStream out;
    private final boolean terminal;
    private final InstantSource clock;
    private final Instant start;
    private Instant lastDrawn = Instant.MIN;
    private long firstDone = -1;
    private int lastTenth = -1;
    private int drawnLength;

    public ProgressBar(String title, PrintStream out, boolean terminal, InstantSource clock) {
        this.title = title;
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.start = clock.instant();
    }

    /// A bar on standard error.
    public static ProgressBar onStandardError(String title) {
        boolean terminal =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        return new ProgressBar(title, System.err, terminal, InstantSource.system());
    }

    /// `doneBytes` of `totalBytes` are done; a total of 0 means unknown.
    public synchronized void advance(long doneBytes, long totalBytes) {
        if (firstDone < 0) {
            firstDone = doneBytes;
        }
        Instant now = clock.instant();
        boolean complete = totalBytes > 0 && doneBytes >= totalBytes;
        if (terminal) {
            if (complete
                    || lastDrawn.equals(Instant.MIN)
                    || !now.isBefore(lastDrawn.plus(REFRESH))) {
                lastDrawn = now;
                redraw(line(doneBytes, totalBytes, now));
            }
            return;
        }
        int tenth =
                totalBytes > 0
                        ? (int) (doneBytes * 10 / totalBytes)
                        : (int) (doneBytes / (100 * MEBIBYTE));
        if (tenth > lastTenth && !now.isBefore(start.plus(WORTH_LOGGING))) {
            lastTenth = tenth;
            out.println(line(doneBytes, totalBytes, now));
        }
    }

    /// Prints a message on a line of its own.
    public synchronized void note(String message) {
        if (terminal && drawnLength > 0) {
            redraw("");
            out.print('\r');
            drawnLength = 0;
        }
        out.println(message);
    }

    /// Ends the line.
    @Override
    public synchronized void close() {
        if (terminal && drawnLength > 0) {
            out.println();
            out.flush();
        }
    }

    private void redraw(String line) {
        out.print('\r' + line + " ".repeat(Math.max(0, drawnLength - line.length())));
        out.flush();
        drawnLength = line.length();
    }

    private String line(long doneBytes, long totalBytes, Instant now) {
        double seconds = Math.max(1e-3, Duration.between(start, now).toNanos() / 1e9);
        double rate = (doneBytes - firstDone) / seconds;
        String amount = String.format(Locale.ROOT, "%.0f MiB", doneBytes / MEBIBYTE);
        if (totalBytes <= 0) {
            return String.format(Locale.ROOT, "%s  %s  %.1f MiB/s", title, amount, rate / MEBIBYTE);
        }
        double share = Math.min(1, (double) doneBytes / totalBytes);
        int filled = (int) (share * WIDTH);
        String left =
                rate > 0 ? clockTime((long) Math.ceil((totalBytes - doneBytes) / rate)) : "--:--";
        return String.format(
                Locale.ROOT,
                "%s [%s%s] %3.0f %%  %s of %.0f MiB  %.1f MiB/s  %s",
                title,
                "#".repeat(filled),
                ".".repeat(WIDTH - filled),
                share * 100,
                amount,
                totalBytes / MEBIBYTE,
                rate / MEBIBYTE,
                share >= 1 ? "done in " + clockTime((long) seconds) : left + " left");
    }

    private static String clockTime(long seconds) {
        if (seconds >= 3600) {
            return String.format(
                    Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
        }
        return String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
    }
}
