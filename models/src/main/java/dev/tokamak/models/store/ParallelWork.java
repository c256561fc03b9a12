package dev.tokamak.models.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Runs a few pieces of work at once. The first that fails, or an interruption, ends the others. Stateless.
final class ParallelWork {

    /// Few enough for a hub not to mind, enough for one slow answer not to stop the rest.
    static final int AT_ONCE = 4;

    private ParallelWork() {}

    /// Returns when all are done and none runs any more.
    static void run(List<? extends Callable<?>> work) throws IOException, InterruptedException {
        ExecutorService threads =
                Executors.newFixedThreadPool(
                        AT_ONCE, Thread.ofPlatform().name("tokamak-pull-", 0).daemon().factory());
        try {
            ExecutorCompletionService<Object> completion = new ExecutorCompletionService<>(threads);
            List<Callable<Object>> tasks = new ArrayList<>();
            work.forEach(one -> tasks.add(one::call));
            tasks.forEach(completion::submit);
            for (int i = 0; i < tasks.size(); i++) {
                completion.take().get();
            }
        } catch (ExecutionException e) {
            throw cause(e);
        } finally {
            end(threads);
        }
    }

    private static IOException cause(ExecutionException failure) throws InterruptedException {
        return switch (failure.getCause()) {
            case IOException io -> io;
            case InterruptedException interrupted -> throw interrupted;
            case RuntimeException runtime -> throw runtime;
            case Error error -> throw error;
            case null, default -> new IOException(failure);
        };
    }

    private static void end(ExecutorService threads) {
        threads.shutdownNow();
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = threads.awaitTermination(1, TimeUnit.DAYS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
