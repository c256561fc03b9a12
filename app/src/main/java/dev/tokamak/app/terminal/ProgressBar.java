package dev.tokamak.app.terminal;

import java.io.Console;
import java.io.OutputStream;
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

    /// What is counted. Immutable.
    public enum Unit {
        BYTES("MiB", 1024.0 * 1024.0),
        TOKENS("tokens", 1),
        TEXTS("texts", 1);

        private final String label;
        private final double size;

        Unit(String label, double size) {
            this.label = label;
            this.size = size;
        }
    }

    private final String title;
    private final Unit unit;
    private final PrintStream out;
    private final boolean terminal;
    private final InstantSource clock;
    private final Instant start;
    private Instant lastDrawn = Instant.MIN;
    private long firstDone = -1;
    private int lastTenth = -1;
    private int drawnLength;

    public ProgressBar(String title, PrintStream out, boolean terminal, InstantSource clock) {
        this(title, Unit.BYTES, out, terminal, clock);
    }

    public ProgressBar(
            String title, Unit unit, PrintStream out, boolean terminal, InstantSource clock) {
        this.title = title;
        this.unit = unit;
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.start = clock.instant();
    }

    /// A bar on standard error that counts bytes.
    public static ProgressBar onStandardError(String title) {
        return onStandardError(title, Unit.BYTES);
    }

    /// A bar on standard error.
    public static ProgressBar onStandardError(String title, Unit unit) {
        boolean terminal =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        return new ProgressBar(title, unit, System.err, terminal, InstantSource.system());
    }

    /// A bar on standard error beside results that go to standard output: it shows nothing where a person sees those.
    public static ProgressBar inLog(String title, Unit unit) {
        boolean seen =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        PrintStream out = seen ? new PrintStream(OutputStream.nullOutputStream()) : System.err;
        return new ProgressBar(title, unit, out, false, InstantSource.system());
    }

    /// `done` of `total` bytes or tokens are done; a total of 0 means unknown.
    public synchronized void advance(long done, long total) {
        if (firstDone < 0) {
            firstDone = done;
        }
        Instant now = clock.instant();
        boolean complete = total > 0 && done >= total;
        if (terminal) {
            if (complete
                    || lastDrawn.equals(Instant.MIN)
                    || !now.isBefore(lastDrawn.plus(REFRESH))) {
                lastDrawn = now;
                redraw(line(done, total, now));
            }
            return;
        }
        int tenth = total > 0 ? (int) (done * 10 / total) : (int) (done / (100 * unit.size));
        if (tenth > lastTenth && !now.isBefore(start.plus(WORTH_LOGGING))) {
            lastTenth = tenth;
            out.println(line(done, total, now));
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

    private String line(long done, long total, Instant now) {
        double seconds = Math.max(1e-3, Duration.between(start, now).toNanos() / 1e9);
        double rate = (done - firstDone) / seconds;
        String amount = String.format(Locale.ROOT, "%.0f %s", done / unit.size, unit.label);
        if (total <= 0) {
            return String.format(
                    Locale.ROOT, "%s  %s  %.1f %s/s", title, amount, rate / unit.size, unit.label);
        }
        double share = Math.min(1, (double) done / total);
        int filled = (int) (share * WIDTH);
        String left = rate > 0 ? clockTime((long) Math.ceil((total - done) / rate)) : "--:--";
        return String.format(
                Locale.ROOT,
                "%s [%s%s] %3.0f %%  %s of %.0f %s  %.1f %s/s  %s",
                title,
                "#".repeat(filled),
                ".".repeat(WIDTH - filled),
                share * 100,
                amount,
                total / unit.size,
                unit.label,
                rate / unit.size,
                unit.label,
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
