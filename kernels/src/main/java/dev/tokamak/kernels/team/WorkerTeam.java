package dev.tokamak.kernels.team;

/// A fixed team of platform threads that runs one operation at a time: its pieces are claimed in ascending order by
/// whichever worker is free, and [#run] returns when all are done. The calling thread is worker 0. Confined to one
/// calling thread at a time.
public interface WorkerTeam extends AutoCloseable {

    /// One operation cut into pieces that may run in any order on any worker.
    @FunctionalInterface
    interface Operation {
        /// Runs one piece. `worker` is in `[0, workers())` and no two pieces run at once with the same worker.
        void run(int piece, int worker);
    }

    /// The number of workers, the calling thread included.
    int workers();

    /// Runs pieces `[0, pieces)` and waits for all; the first exception of a piece is thrown here after all workers stopped.
    void run(Operation operation, int pieces);

    /// Ends the threads. Idempotent.
    @Override
    void close();

    /// Starts a team of this many workers; 1 runs everything on the calling thread.
    static WorkerTeam start(int workers) {
        return new ThreadTeam(workers);
    }
}
