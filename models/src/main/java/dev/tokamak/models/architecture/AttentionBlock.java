package dev.tokamak.models.architecture;

/// Self-attention with grouped KV heads and rotary positions. Immutable.
///
/// @param scale factor of the scores
/// @param window positions seen, the token's own included; `Integer.MAX_VALUE` when all earlier ones
public record AttentionBlock(
        Projection query,
        Projection key,
        Projection value,
        Projection output,
        float scale,
        int window) {}
