package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.team.WorkerTeam;

/// A team without threads, whose pieces take turns in claiming to be run by one of several workers.
record SequentialTeam(int workers) implements WorkerTeam {

    @Override
    public void run(Operation operation, int pieces) {
        for (int piece = 0; piece < pieces; piece++) {
            operation.run(piece, piece % workers);
        }
    }

    @Override
    public void close() {}
}
