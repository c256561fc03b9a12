package dev.tokamak.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The events of one generation on their way from the engine thread to one reader. Thread-safe.
final class EventQueue implements Generation {

    /* The engine never blocks here: it asks isFull() before each step and leaves the generation out while it is. What
     * one step publishes is always taken, so the queue may pass its capacity by the events of one step. */

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Queue<GenerationEvent> events = new ArrayDeque<>();
    private final int capacity;
    private final Runnable roomMade;
    private final Runnable canceller;
    private boolean ended;
    private volatile int size;

    /// @param roomMade run on the reader's thread when a full queue has room again
    /// @param canceller run on any thread
    EventQueue(int capacity, Runnable roomMade, Runnable canceller) {
        this.capacity = capacity;
        this.roomMade = roomMade;
        this.canceller = canceller;
    }

    boolean isFull() {
        return size >= capacity;
    }

    void publish(List<GenerationEvent> published) {
        lock.lock();
        try {
            events.addAll(published);
            size = events.size();
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public GenerationEvent next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            requireNotEnded();
            while (events.isEmpty()) {
                arrived.await();
            }
            return take();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<GenerationEvent> poll(Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            requireNotEnded();
            long nanoseconds = timeout.toNanos();
            while (events.isEmpty()) {
                if (nanoseconds <= 0) {
                    return Optional.empty();
                }
                nanoseconds = arrived.awaitNanos(nanoseconds);
            }
            return Optional.of(take());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancel() {
        canceller.run();
    }

    private void requireNotEnded() {
        if (ended) {
            throw new IllegalStateException("the generation has ended; no event follows");
        }
    }

    private GenerationEvent take() {
        boolean wasFull = isFull();
        GenerationEvent event = events.remove();
        size = events.size();
        ended =
                event instanceof GenerationEvent.Completed
                        || event instanceof GenerationEvent.Failed;
        if (wasFull && !isFull()) {
            roomMade.run();
        }
        return event;
    }
}
