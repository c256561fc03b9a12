package dev.tokamak.benchmarks;

import dev.tokamak.kernels.team.WorkerTeam;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How much of the team's throughput is left while another process burns one core: steps of 151 operations, as a small
/// model's decoding has, in turn alone and beside an endless loop of the shell, which is bound to core 0 or free to move.
/// Run twice: beside other load the numbers mean little.
///
/// `java --add-modules jdk.incubator.vector -cp … dev.tokamak.benchmarks.StolenCore [workers [pieces [microseconds]]]`,
/// class path as in `./build bench`.
public final class StolenCore {

    private static final int OPERATIONS = 151;
    private static final int ROUNDS = 7;
    private static final long WINDOW_NANOS = 1_000_000_000L;

    private final WorkerTeam team;
    private final int pieces;
    private final WorkerTeam.Operation operation;
    private volatile long sink;

    private StolenCore(WorkerTeam team, int pieces, long turns) {
        this.team = team;
        this.pieces = pieces;
        this.operation = (piece, worker) -> sink = turn(turns);
    }

    private static long turn(long turns) {
        long x = turns;
        for (long i = 0; i < turns; i++) {
            x = x * 31 + i;
        }
        return x;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int workers = number(arguments, 0, Runtime.getRuntime().availableProcessors());
        int pieces = number(arguments, 1, 4 * workers);
        int pieceMicroseconds = number(arguments, 2, 5);
        long turns = turnsIn(pieceMicroseconds);
        try (WorkerTeam team = WorkerTeam.start(workers)) {
            StolenCore measurement = new StolenCore(team, pieces, turns);
            System.out.printf(
                    "%d workers, %d operations of %d pieces of about %d us%n",
                    workers, OPERATIONS, pieces, pieceMicroseconds);
            measurement.compare("bound to core 0", "taskset", "-c", "0");
            measurement.compare("free to move");
        }
    }

    private static int number(String[] arguments, int index, int otherwise) {
        return index < arguments.length ? Integer.parseInt(arguments[index]) : otherwise;
    }

    /// Loop turns that take this long on one core: the best of many tries, when nobody interrupted.
    private static long turnsIn(int microseconds) {
        long turns = 10_000;
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 3_000; i++) {
            long start = System.nanoTime();
            if (turn(turns) == 1) {
                throw new AssertionError("the loop cannot give 1");
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        return Math.max(1, turns * microseconds * 1_000L / Math.max(1, best));
    }

    private void compare(String what, String... launcher) throws IOException, InterruptedException {
        double[] alone = new double[ROUNDS];
        double[] beside = new double[ROUNDS];
        stepsPerSecond();
        for (int round = 0; round < ROUNDS; round++) {
            alone[round] = stepsPerSecond();
            Process burner = burner(launcher);
            try {
                beside[round] = stepsPerSecond();
            } finally {
                burner.destroyForcibly().waitFor();
            }
        }
        Arrays.sort(alone);
        Arrays.sort(beside);
        double quiet = alone[ROUNDS / 2];
        double stolen = beside[ROUNDS / 2];
        System.out.printf(
                "%-16s alone %7.1f steps/s, beside it %7.1f (%.0f %%; %.1f to %.1f)%n",
                what, quiet, stolen, 100 * stolen / quiet, beside[0], beside[ROUNDS - 1]);
    }

    private static Process burner(String... launcher) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher));
        command.addAll(List.of("sh", "-c", "while :; do :; done"));
        return new ProcessBuilder(command).start();
    }

    private double stepsPerSecond() {
        long start = System.nanoTime();
        long steps = 0;
        while (System.nanoTime() - start < WINDOW_NANOS) {
            for (int i = 0; i < OPERATIONS; i++) {
                team.run(operation, pieces);
            }
            steps++;
        }
        return steps * 1e9 / (System.nanoTime() - start);
    }
}
