package dev.tokamak.benchmarks;

import dev.tokamak.kernels.team.WorkerTeam;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What an operation of the worker team costs beside its work.
///
/// `./build bench Team -p workers=2`
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TeamBenchmark {

    @Param({"2"})
    private int workers = 2;

    private final AtomicLong met = new AtomicLong();
    private WorkerTeam team = WorkerTeam.start(1);

    @Setup(Level.Trial)
    public void start() {
        team = WorkerTeam.start(workers);
    }

    @TearDown(Level.Trial)
    public void close() {
        team.close();
    }

    /// Pieces without work: mostly the caller runs them all, which is right.
    @Benchmark
    public void emptyPieces() {
        team.run((piece, worker) -> {}, 4 * workers);
    }

    /// A piece for each worker, none of which ends before all have begun: from the call over the last worker's claim back
    /// to the caller.
    @Benchmark
    public void allWorkersMeet() {
        team.run(
                (piece, worker) -> {
                    long all = (met.getAndIncrement() / workers + 1) * workers;
                    while (met.get() < all) {
                        Thread.onSpinWait();
                    }
                },
                workers);
    }
}
