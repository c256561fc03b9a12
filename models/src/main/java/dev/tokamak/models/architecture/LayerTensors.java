package dev.tokamak.models.architecture;

/// The tensors of one layer, before they are packed into a [DecoderLayer]. Immutable.
record LayerTensors(
        VectorTensor attentionNorm,
        AttentionTensors attention,
        VectorTensor feedForwardNorm,
        FeedForwardTensors feedForward) {

    /// The linear layers of an attention block.
    record AttentionTensors(
            LinearTensors query, LinearTensors key, LinearTensors value, LinearTensors output) {}

    /// The linear layers of a gated feed-forward.
    record FeedForwardTensors(LinearTensors gate, LinearTensors up, LinearTensors down) {}
}
