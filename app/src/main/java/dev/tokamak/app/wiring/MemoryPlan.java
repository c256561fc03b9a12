package dev.tokamak.app.wiring;

import dev.tokamak.engine.execute.CpuBackendOptions;
import dev.tokamak.engine.execute.KvGroups;
import dev.tokamak.engine.execute.WorkspaceEstimate;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.architecture.DecoderDescription;
import java.nio.file.Path;

/// The memory that a model needs, known before it is loaded: weights, keys and values, and the rows of a batch. Immutable.
///
/// @param weightBytes packed weights
/// @param keyValues the groups of layers that share KV pages
/// @param options the sizes of the backend; the number of pages does not count
/// @param workspaceBytes intermediate rows of a batch, about
/// @param trainedTokens positions that the model was trained for
public record MemoryPlan(
        long weightBytes,
        KvGroups keyValues,
        CpuBackendOptions options,
        long workspaceBytes,
        int trainedTokens) {

    private static final int LEAST_CONTEXT_TOKENS = 256;

    /// The plan for a model in these numerics with batches of this size.
    public static MemoryPlan of(
            DecoderDescription model, Numerics numerics, CpuBackendOptions options) {
        boolean integers = numerics == Numerics.EXACT && model.hasIntegerMatrices();
        KvType type = integers ? KvType.F16 : KvType.F32;
        try (WorkerTeam team = WorkerTeam.start(1)) {
            return new MemoryPlan(
                    model.packedBytes(new WeightPacker(numerics, team)),
                    KvGroups.of(model, type),
                    options,
                    WorkspaceEstimate.bytes(model, options),
                    model.shape().contextTokens());
        }
    }

    /// Memory of keys and values of one sequence, with the page more that a fork needs.
    public long kvBytes(int contextTokens) {
        int pages = Math.toIntExact(KvLayout.pages(contextTokens) + 1);
        return keyValues.bytes(options.withPages(pages));
    }

    /// All that a model with one sequence of this length needs.
    public long totalBytes(int contextTokens) {
        return weightBytes + workspaceBytes + kvBytes(contextTokens);
    }

    /// The longest sequence, up to the trained length, that fits beside weights and workspace; 0 for none.
    public int largestContext(long availableBytes) {
        long left = availableBytes - weightBytes - workspaceBytes;
        int most = Math.toIntExact(KvLayout.pages(trainedTokens) + 1);
        long tokens = (keyValues.pagesWithin(left, most, options) - 1L) * KvLayout.PAGE_TOKENS;
        return (int) Math.max(0, Math.min(tokens, trainedTokens));
    }

    /// Refuses a model that will not fit with what the settings ask for, before anything is loaded.
    ///
    /// @throws ModelException OUT_OF_MEMORY with all numbers and the largest context that would fit; UNSUPPORTED when the
    ///     context is longer than what the model was trained for
    void requireFits(Path file, EngineSettings settings, long availableBytes) {
        int wanted = settings.contextTokens().orElse(trainedTokens);
        if (wanted > trainedTokens) {
            throw new ModelException(
                    ModelException.Code.UNSUPPORTED,
                    "%s: was trained for %d tokens, so --context %d is too long"
                            .formatted(file, trainedTokens, wanted));
        }
        int tokens = settings.contextTokens().orElse(Math.min(LEAST_CONTEXT_TOKENS, trainedTokens));
        long kvBytes = settings.kvCacheMemory().map(ByteSize::bytes).orElse(kvBytes(tokens));
        if (weightBytes + workspaceBytes + kvBytes <= availableBytes) {
            return;
        }
        int largest = largestContext(availableBytes);
        throw new ModelException(
                ModelException.Code.OUT_OF_MEMORY,
                "%s: needs %s for weights, %s for keys and values%s and about %s for batches, together %s, but only %s are available; %s"
                        .formatted(
                                file,
                                new ByteSize(weightBytes),
                                new ByteSize(kvBytes),
                                settings.kvCacheMemory().isPresent()
                                        ? ""
                                        : " of " + tokens + " tokens",
                                new ByteSize(workspaceBytes),
                                new ByteSize(weightBytes + workspaceBytes + kvBytes),
                                new ByteSize(availableBytes),
                                largest >= LEAST_CONTEXT_TOKENS
                                        ? "the largest context that fits is --context " + largest
                                        : "no context fits: take a model with fewer or smaller weights"));
    }
}
