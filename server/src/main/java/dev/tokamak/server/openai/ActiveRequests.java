package dev.tokamak.server.openai;

import dev.tokamak.server.model.ServerException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/// The generation requests being answered, so that the service can stop in order. Thread-safe.
public final class ActiveRequests {

    private final Set<RunningRequest> running = new HashSet<>();
    private int entered;
    private boolean stopping;
    private boolean cancelling;

    /// Counts a request in.
    ///
    /// @throws ServerException when the service is stopping
    synchronized void enter() {
        if (stopping) {
            throw stopped();
        }
        entered++;
    }

    /// Counts a request out; its answer has been written.
    synchronized void leave() {
        entered--;
        notifyAll();
    }

    /// Makes a request one that stopping cancels.
    void track(RunningRequest request) {
        synchronized (this) {
            running.add(request);
            if (!cancelling) {
                return;
            }
        }
        request.cancel();
    }

    synchronized void forget(RunningRequest request) {
        running.remove(request);
    }

    synchronized boolean isStopping() {
        return stopping;
    }

    static ServerException stopped() {
        return new ServerException(ServerException.Code.STOPPING, "the service is stopping");
    }

    /// Refuses new requests, gives the others this long to finish, then cancels them and waits a moment for their last
    /// words.
    public void stop(Duration limit, Duration lastWords) {
        synchronized (this) {
            stopping = true;
        }
        if (awaitIdle(limit)) {
            return;
        }
        Set<RunningRequest> late;
        synchronized (this) {
            cancelling = true;
            late = Set.copyOf(running);
        }
        late.forEach(RunningRequest::cancel);
        awaitIdle(lastWords);
    }

    private synchronized boolean awaitIdle(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (entered > 0) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                wait(left / 1_000_000 + 1);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
