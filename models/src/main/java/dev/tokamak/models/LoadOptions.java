package dev.tokamak.models;

import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;

/// How a model is made ready.
///
/// @param numerics how its linear layers will compute
/// @param team the workers that repack weights
/// @param progress told how many bytes of weights are ready
public record LoadOptions(Numerics numerics, WorkerTeam team, Progress progress) {

    /// Told how far a long piece of work has come; called from one thread at a time.
    @FunctionalInterface
    public interface Progress {
        /// `doneBytes` of `totalBytes` are ready.
        void advance(long doneBytes, long totalBytes);

        /// Tells nobody.
        Progress NONE = (doneBytes, totalBytes) -> {};
    }
}
