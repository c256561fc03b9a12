package dev.tokamak.models;

import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import java.util.Optional;

/// How a model is made ready.
///
/// @param numerics how its linear layers will compute
/// @param quantization what its float matrices become; empty to leave them as they are
/// @param team the workers that repack weights
/// @param progress told how many bytes of weights are ready
public record LoadOptions(
        Numerics numerics, Optional<TargetType> quantization, WorkerTeam team, Progress progress) {

    /// Options that leave float matrices as they are.
    public LoadOptions(Numerics numerics, WorkerTeam team, Progress progress) {
        this(numerics, Optional.empty(), team, progress);
    }

    /// Told how far a long piece of work has come; called from one thread at a time.
    @FunctionalInterface
    public interface Progress {
        /// `doneBytes` of `totalBytes` are ready.
        void advance(long doneBytes, long totalBytes);

        /// Tells nobody.
        Progress NONE = (doneBytes, totalBytes) -> {};
    }
}
