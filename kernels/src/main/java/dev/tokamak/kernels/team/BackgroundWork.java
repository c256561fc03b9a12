package dev.tokamak.kernels.team;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// One computation on a thread of its own while its owner does something else. Closing it waits for its end. Confined to
/// its owner.
public final class BackgroundWork<T> implements AutoCloseable {

    private final FutureTask<T> task;
    private final Thread thread;

    private BackgroundWork(String threadName, Supplier<T> work) {
        this.task = new FutureTask<>(work::get);
        this.thread = Thread.ofPlatform().daemon().name(threadName).unstarted(task);
    }

    public static <T> BackgroundWork<T> start(String threadName, Supplier<T> work) {
        BackgroundWork<T> started = new BackgroundWork<>(threadName, work);
        started.thread.start();
        return started;
    }

    /// Waits for the result, or throws what the computation threw.
    public T await() throws InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new AssertionError(e);
        }
    }

    /// Throws what the computation threw, if it has ended that way already.
    public void requireNotFailed() throws InterruptedException {
        if (task.state() == Future.State.FAILED) {
            await();
        }
    }

    /// The result, empty when the computation goes on or has failed.
    public Optional<T> result() {
        return task.state() == Future.State.SUCCESS
                ? Optional.of(task.resultNow())
                : Optional.empty();
    }

    /// Asks the computation to end early, if it heeds interrupts.
    public void interrupt() {
        thread.interrupt();
    }

    @Override
    public void close() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
