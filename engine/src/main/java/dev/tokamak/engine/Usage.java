package dev.tokamak.engine;

/// What a request used.
///
/// @param promptTokens tokens of the prompt, counted once whatever the number of choices
/// @param cachedTokens of these, tokens whose keys and values were found in the cache
/// @param generatedTokens tokens of all choices, the ones that ended them included
public record Usage(int promptTokens, int cachedTokens, int generatedTokens) {}
