package dev.tokamak.kernels.probe;

import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.memory.MachineMemory;
import dev.tokamak.kernels.memory.NativeMemory;
import dev.tokamak.kernels.team.WorkerTeam;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Measures a machine's speed with all workers of a team, in about a second. Thread-safe.
public final class MachineProbe {

    /* A pass is one operation of the team, cut finely, so that a worker that loses its core for a while delays the pass by
     * one piece only. The best of the passes counts: what another program takes away is no property of the machine. Passes
     * that are not counted come first, which compile loops that are Java, touch memory and raise the clock. */

    private static final long MEMORY_BYTES = 512L << 20;
    private static final long LEAST_MEMORY_BYTES = 16L << 20;
    private static final long READ_PIECE_BYTES = 1L << 20;
    private static final int PASSES = 7;
    private static final int PIECES_PER_WORKER = 16;
    private static final long WARM_UP_NANOS = 150_000_000;
    private static final long WARM_UP_BYTES = 16L << 10;
    private static final long WARM_UP_ROUNDS = 200;
    private static final long ROUNDS = 20_000;

    private MachineProbe() {}

    /// Measures with the instructions of this tier, which the machine must have; knows nothing about the scalar tier.
    public static MachineSpeed measure(WorkerTeam team, Tier tier) {
        if (tier == Tier.SCALAR) {
            return MachineSpeed.UNKNOWN;
        }
        try (ProbeLoops loops = loops(tier)) {
            return measure(team, loops, memoryBytes(MachineMemory.availableBytes()));
        }
    }

    private static ProbeLoops loops(Tier tier) {
        Optional<EmittedLoops.Instructions> emitted = EmittedLoops.Instructions.of(tier);
        if (emitted.isPresent()) {
            return EmittedLoops.open(emitted.get());
        }
        // Not a method reference: that would load the Vector API where there is none.
        return new VectorLoops();
    }

    static MachineSpeed measure(WorkerTeam team, ProbeLoops loops, long memoryBytes) {
        return new MachineSpeed(
                readSpeed(team, loops, memoryBytes),
                speed(team, loops.integerOperationsPerRound(), loops::multiplyIntegers),
                speed(team, loops.floatOperationsPerRound(), loops::multiplyFloats),
                loops.method());
    }

    /// Enough memory that caches hold little of it, but no more than a quarter of what is left.
    static long memoryBytes(long availableBytes) {
        long bytes = Math.max(LEAST_MEMORY_BYTES, Math.min(MEMORY_BYTES, availableBytes / 4));
        return bytes / READ_PIECE_BYTES * READ_PIECE_BYTES;
    }

    private static double readSpeed(WorkerTeam team, ProbeLoops loops, long memoryBytes) {
        try (NativeMemory owner = NativeMemory.open()) {
            MemorySegment memory = owner.allocate(memoryBytes, 64);
            int pieces = (int) (memoryBytes / READ_PIECE_BYTES);
            team.run(
                    (piece, _) ->
                            memory.asSlice(piece * READ_PIECE_BYTES, READ_PIECE_BYTES)
                                    .fill((byte) 1),
                    pieces);
            WorkerTeam.Operation pass =
                    (piece, _) -> loops.read(memory, piece * READ_PIECE_BYTES, READ_PIECE_BYTES);
            warmUp(team, (_, _) -> loops.read(memory, 0, WARM_UP_BYTES));
            team.run(pass, pieces);
            return memoryBytes / fastestSeconds(team, pass, pieces);
        }
    }

    /// A loop that runs for a number of rounds.
    private interface Rounds {
        void run(long rounds);
    }

    private static double speed(WorkerTeam team, long operationsPerRound, Rounds loop) {
        if (operationsPerRound == 0) {
            return 0;
        }
        warmUp(team, (_, _) -> loop.run(WARM_UP_ROUNDS));
        int pieces = team.workers() * PIECES_PER_WORKER;
        double seconds = fastestSeconds(team, (_, _) -> loop.run(ROUNDS), pieces);
        return (double) operationsPerRound * ROUNDS * pieces / seconds;
    }

    private static void warmUp(WorkerTeam team, WorkerTeam.Operation shortPiece) {
        long end = System.nanoTime() + WARM_UP_NANOS;
        while (System.nanoTime() < end) {
            team.run(shortPiece, team.workers());
        }
    }

    private static double fastestSeconds(WorkerTeam team, WorkerTeam.Operation pass, int pieces) {
        long fastest = Long.MAX_VALUE;
        for (int i = 0; i < PASSES; i++) {
            long start = System.nanoTime();
            team.run(pass, pieces);
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        return Math.max(1, fastest) / 1e9;
    }
}
