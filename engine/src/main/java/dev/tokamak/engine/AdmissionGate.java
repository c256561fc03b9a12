package dev.tokamak.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Counts the requests in the engine and keeps the number of waiting ones bounded. Thread-safe.
final class AdmissionGate {

    /* A burst that arrives before the engine thread looks would find the queue full although slots are free, so free
     * slots count as places to wait. */

    private final int slots;
    private final int places;
    private int waiting;
    private int started;
    private long admitted;
    private long rejected;
    private boolean shut;

    AdmissionGate(int slots, int places) {
        this.slots = slots;
        this.places = places;
    }

    /// What the gate has counted at one moment. Immutable.
    record Count(int waiting, long admitted, long rejected) {}

    /// Whether the gate still lets requests in.
    enum Answer {
        ENTERED,
        FULL,
        SHUT
    }

    /// Lets a request in if a place is free and then runs the action, so that no admitted request comes after [#shut].
    synchronized Answer tryEnter(Runnable enter) {
        if (shut || waiting >= places + Math.max(0, slots - started)) {
            rejected++;
            return shut ? Answer.SHUT : Answer.FULL;
        }
        waiting++;
        admitted++;
        enter.run();
        return Answer.ENTERED;
    }

    /// Counts a request that was refused for a reason of its own.
    synchronized void reject() {
        rejected++;
    }

    /// A waiting request begins to run.
    synchronized void start() {
        waiting--;
        started++;
    }

    /// A request ends, whether it had begun to run or not.
    synchronized void leave(boolean hadStarted) {
        if (hadStarted) {
            started--;
        } else {
            waiting--;
        }
        notifyAll();
    }

    /// Lets no more requests in.
    synchronized void shut() {
        shut = true;
    }

    /// Waits until no request is left; false when that took longer than the limit.
    synchronized boolean awaitEmpty(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(limit);
        while (waiting + started > 0) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    synchronized Count count() {
        return new Count(waiting, admitted, rejected);
    }
}
