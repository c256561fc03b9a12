package dev.tokamak.app.wiring;

import dev.tokamak.kernels.linear.Numerics;
import java.util.Optional;
import java.util.OptionalInt;

/// What a person asked of an engine. Immutable.
///
/// @param model a name of the catalogue or a file; empty for the default
/// @param threads worker threads, the engine's own included
/// @param contextTokens most tokens of one sequence; empty for what model and memory allow
/// @param kvCacheMemory memory for KV pages; empty for what this machine can spare
public record EngineSettings(
        Optional<String> model,
        int threads,
        OptionalInt contextTokens,
        Optional<ByteSize> kvCacheMemory,
        int maxConcurrent,
        Numerics numerics) {}
