package dev.tokamak.models.store;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/// Closes a stream that has brought nothing for too long, so that its reader goes on. Thread-safe.
final class StallGuard implements AutoCloseable {

    private final Closeable guarded;
    private final long limitNanos;
    private final Thread watcher;
    private volatile long lastProgress = System.nanoTime();
    private volatile boolean stalled;

    StallGuard(Closeable guarded, Duration limit) {
        this.guarded = guarded;
        this.limitNanos = limit.toNanos();
        this.watcher = Thread.ofVirtual().name("download-stall-guard").start(this::watch);
    }

    void progressed() {
        lastProgress = System.nanoTime();
    }

    boolean isStalled() {
        return stalled;
    }

    private void watch() {
        try {
            long left = limitNanos;
            while (left > 0) {
                Thread.sleep(Duration.ofNanos(left));
                left = limitNanos - (System.nanoTime() - lastProgress);
            }
            stalled = true;
            guarded.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // The reader meets the same fault and reports it.
            stalled = true;
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
