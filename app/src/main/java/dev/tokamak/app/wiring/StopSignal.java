package dev.tokamak.app.wiring;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Turns SIGTERM and Ctrl-C into an orderly end: the thread that installed it wakes, closes what it holds, and only then,
/// or when the limit has passed, does the process end. A signal during start-up interrupts that thread. Thread-safe.
public final class StopSignal implements AutoCloseable {

    private final Thread owner = Thread.currentThread();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Duration limit;
    private final Thread hook = Thread.ofPlatform().name("tokamak-stop").unstarted(this::stop);
    private volatile boolean started;

    private StopSignal(Duration limit) {
        this.limit = limit;
    }

    /// Starts to listen for the signal.
    ///
    /// @param limit how long the process may take to close what it holds
    public static StopSignal install(Duration limit) {
        StopSignal signal = new StopSignal(limit);
        Runtime.getRuntime().addShutdownHook(signal.hook);
        return signal;
    }

    /// Waits until the process is asked to stop.
    public void await() throws InterruptedException {
        started = true;
        asked.await();
    }

    /// Lets the process end; call when everything is closed.
    @Override
    public void close() {
        finished.countDown();
        if (asked.getCount() > 0) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException _) {
                // The process has just begun to end: the hook will find that all is closed.
            }
        }
    }

    private void stop() {
        asked.countDown();
        if (!started) {
            owner.interrupt();
        }
        try {
            finished.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
