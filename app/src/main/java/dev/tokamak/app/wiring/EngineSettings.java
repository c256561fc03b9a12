package dev.tokamak.app.wiring;

import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.quantize.TargetType;
import java.util.Optional;
import java.util.OptionalInt;

/// What a person asked of an engine. Immutable.
///
/// @param model a name of the catalogue or a file; empty for the default
/// @param threads worker threads, the engine's own included
/// @param contextTokens most tokens of one sequence; empty for what model and memory allow
/// @param kvCacheMemory memory for KV pages; empty for what this machine can spare
/// @param quantization what float matrices become on load; empty to leave them as they are
/// @param warmUp whether kernels are compiled before the model counts as ready
public record EngineSettings(
        Optional<String> model,
        int threads,
        OptionalInt contextTokens,
        Optional<ByteSize> kvCacheMemory,
        int maxConcurrent,
        Numerics numerics,
        Optional<TargetType> quantization,
        boolean warmUp) {

    /// Answers generated at once where nobody asks for another number.
    public static final int DEFAULT_MAX_CONCURRENT = 32;

    /// These settings with a warm-up before the model counts as ready.
    public EngineSettings withWarmUp() {
        return new EngineSettings(
                model,
                threads,
                contextTokens,
                kvCacheMemory,
                maxConcurrent,
                numerics,
                quantization,
                true);
    }
}
