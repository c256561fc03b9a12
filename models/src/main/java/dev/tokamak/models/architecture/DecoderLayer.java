package dev.tokamak.models.architecture;

/// One pre-norm transformer layer: `x += attention(norm(x)); x += feedForward(norm(x))`. Immutable.
public record DecoderLayer(
        NormWeights attentionNorm,
        AttentionBlock attention,
        NormWeights feedForwardNorm,
        GatedFeedForward feedForward) {}
