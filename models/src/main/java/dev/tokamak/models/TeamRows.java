package dev.tokamak.models;

import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.gguf.TensorReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Reads the rows of a tensor on all workers, each with a reader of its own. Stateless.
final class TeamRows {

    /* A piece is as many rows as readers unpack at a time at most, so that no two workers unpack the same. */
    private static final int PIECE_ROWS = 256;
    private static final int ROWS_AT_ONCE = 16;

    private TeamRows() {}

    /// Takes a few rows. Called on several workers at once, never twice at once on the same.
    @FunctionalInterface
    interface Receiver {
        void accept(MemorySegment rows, long first, int count, int worker);
    }

    static void read(ModelFile file, GgufTensor tensor, WorkerTeam team, Receiver receiver) {
        long rows = tensor.rows();
        try (Arena arena = Arena.ofShared()) {
            @Nullable TensorReader[] readers = new TensorReader[team.workers()];
            team.run(
                    (piece, worker) -> {
                        TensorReader reader = readers[worker];
                        if (reader == null) {
                            reader = file.reader(tensor, arena);
                            readers[worker] = reader;
                        }
                        long end = Math.min(rows, (piece + 1L) * PIECE_ROWS);
                        for (long row = (long) piece * PIECE_ROWS; row < end; row += ROWS_AT_ONCE) {
                            int count = (int) Math.min(ROWS_AT_ONCE, end - row);
                            receiver.accept(reader.rows(row, count), row, count, worker);
                        }
                    },
                    Math.toIntExact(Math.ceilDiv(rows, PIECE_ROWS)));
        }
    }
}
