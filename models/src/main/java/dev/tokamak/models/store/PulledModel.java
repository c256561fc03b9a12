package dev.tokamak.models.store;

import java.nio.file.Path;

/// A model of a hub repository that is in the cache. Immutable.
///
/// @param name what users call it, for example `hf:owner/repository:Q4_K_M`
/// @param target its GGUF file or its folder
/// @param sizeBytes of all its files
public record PulledModel(String name, Path target, long sizeBytes) {}
