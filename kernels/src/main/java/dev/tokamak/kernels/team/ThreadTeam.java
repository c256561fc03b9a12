package dev.tokamak.kernels.team;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Platform threads that claim pieces from one counter. Confined to one calling thread at a time.
final class ThreadTeam implements WorkerTeam {

    /* The word `claims` holds the number of the operation in its upper half and the pieces not yet claimed in its lower
     * half. `operation` and `pieces` are written before it and read between a look at it and a compare-and-set of the
     * same value: as long as unclaimed pieces remain the operation cannot end, and operation numbers grow, so a set that
     * succeeds proves that the fields read belong to this operation. A worker that is late by whole operations finds
     * nothing to claim and touches nothing.
     *
     * The word `unfinished` counts pieces that have not returned. A worker takes what it ran out of it once, when it finds
     * nothing more to claim, so a piece costs one atomic operation; whoever brings it to zero wakes the caller. Both sides
     * spin for SPIN_NANOS and then park, after announcing it in a volatile field and looking once more, so no wake-up is
     * lost and a core that is taken away costs one spin. A failing piece takes all unclaimed pieces out of both counts.
     *
     * Each of the two words, and each seat's flag, has a pair of cache lines to itself (processors fetch lines in pairs):
     * everyone writes to the words, and the caller reads the flags for each operation. */

    private static final long SPIN_NANOS = 50_000;
    private static final int SPINS_PER_CLOCK_READ = 32;
    private static final long UNCLAIMED = 0xFFFFFFFFL;
    private static final int OPERATION_SHIFT = 32;

    private final Seat[] seats;
    private final LoneWord claims = new LoneWord();
    private final LoneWord unfinished = new LoneWord();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile @Nullable Thread parkedCaller;
    private volatile boolean closed;
    private @Nullable Operation operation;
    private int pieces;

    /// The place of one worker other than the caller.
    private static final class Seat {
        private final Thread thread;
        private final LoneWord parked = new LoneWord();

        Seat(Thread thread) {
            this.thread = thread;
        }
    }

    ThreadTeam(int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("a team needs at least 1 worker, not " + workers);
        }
        FloatEnvironment.require();
        seats = new Seat[workers - 1];
        CountDownLatch started = new CountDownLatch(seats.length);
        for (int i = 0; i < seats.length; i++) {
            int worker = i + 1;
            Thread thread =
                    Thread.ofPlatform()
                            .name("tokamak-worker-" + worker)
                            .daemon()
                            .unstarted(() -> live(worker, started));
            seats[i] = new Seat(thread);
        }
        for (Seat seat : seats) {
            seat.thread.start();
        }
        awaitQuietly(started);
        Throwable refusal = failure.get();
        if (refusal != null) {
            close();
            throw unchecked(refusal);
        }
    }

    @Override
    public int workers() {
        return seats.length + 1;
    }

    @Override
    public void run(Operation operation, int pieces) {
        if (pieces < 0) {
            throw new IllegalArgumentException("pieces must not be negative: " + pieces);
        }
        if (!running.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "the team is running another operation; it serves one caller at a time");
        }
        try {
            if (closed) {
                throw new IllegalStateException("the team is closed");
            }
            if (pieces > 0) {
                runPieces(operation, pieces);
            }
        } finally {
            running.set(false);
        }
    }

    private void runPieces(Operation operation, int pieces) {
        this.operation = operation;
        this.pieces = pieces;
        unfinished.set(pieces);
        long number = (claims.get() >>> OPERATION_SHIFT) + 1;
        claims.set(number << OPERATION_SHIFT | pieces);
        wake(pieces - 1);
        claimAll(0);
        awaitFinish();
        this.operation = null;
        Throwable thrown = failure.get();
        if (thrown != null) {
            failure.set(null);
            throw unchecked(thrown);
        }
    }

    private void wake(int helpers) {
        int count = Math.min(helpers, seats.length);
        for (int i = 0; i < count; i++) {
            Seat seat = seats[i];
            if (seat.parked.get() != 0) {
                LockSupport.unpark(seat.thread);
            }
        }
    }

    /// Claims and runs pieces until none is left.
    private void claimAll(int worker) {
        int ran = 0;
        long seen = claims.get();
        while ((seen & UNCLAIMED) != 0) {
            Operation current = operation;
            int piece = pieces - (int) (seen & UNCLAIMED);
            if (current != null && claims.compareAndSet(seen, seen - 1)) {
                ran += 1 + runPiece(current, piece, worker);
            }
            seen = claims.get();
        }
        if (ran > 0) {
            finish(ran);
        }
    }

    /// Runs a piece and returns how many others will never run because it failed.
    private int runPiece(Operation current, int piece, int worker) {
        try {
            current.run(piece, worker);
            return 0;
        } catch (Throwable thrown) {
            failure.compareAndSet(null, thrown);
            return takeUnclaimed();
        }
    }

    private int takeUnclaimed() {
        long seen = claims.get();
        while (!claims.compareAndSet(seen, seen & ~UNCLAIMED)) {
            seen = claims.get();
        }
        return (int) (seen & UNCLAIMED);
    }

    private void finish(int count) {
        if (unfinished.addAndGet(-count) == 0) {
            Thread caller = parkedCaller;
            if (caller != null) {
                LockSupport.unpark(caller);
            }
        }
    }

    private void awaitFinish() {
        if (unfinished.get() == 0 || spinUntilFinished()) {
            return;
        }
        boolean interrupted = false;
        parkedCaller = Thread.currentThread();
        while (unfinished.get() != 0) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        parkedCaller = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean spinUntilFinished() {
        long start = System.nanoTime();
        do {
            for (int i = 0; i < SPINS_PER_CLOCK_READ; i++) {
                if (unfinished.get() == 0) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < SPIN_NANOS);
        return false;
    }

    /// The life of a worker thread.
    private void live(int worker, CountDownLatch started) {
        try {
            FloatEnvironment.require();
        } catch (IllegalStateException refusal) {
            failure.compareAndSet(null, refusal);
            return;
        } finally {
            started.countDown();
        }
        while (!closed) {
            claimAll(worker);
            if (!spinUntilWork()) {
                parkUntilWork(seats[worker - 1]);
            }
        }
    }

    private boolean hasWork() {
        return closed || (claims.get() & UNCLAIMED) != 0;
    }

    private boolean spinUntilWork() {
        long start = System.nanoTime();
        do {
            for (int i = 0; i < SPINS_PER_CLOCK_READ; i++) {
                if (hasWork()) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < SPIN_NANOS);
        return false;
    }

    private void parkUntilWork(Seat seat) {
        seat.parked.set(1);
        while (!hasWork()) {
            LockSupport.park(this);
            Thread.interrupted(); // a set flag would turn parking into spinning
        }
        seat.parked.set(0);
    }

    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Seat seat : seats) {
            LockSupport.unpark(seat.thread);
        }
        for (Seat seat : seats) {
            while (!isCurrent(seat.thread) && seat.thread.isAlive()) {
                try {
                    seat.thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isCurrent(Thread thread) {
        return thread.threadId() == Thread.currentThread().threadId();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            return exception;
        }
        return new IllegalStateException("a piece failed: " + thrown, thrown);
    }
}
