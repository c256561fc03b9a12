package dev.tokamak.models.architecture;

/// Turns described layers into layers that run. Confined to one thread.
record LayerLoading(VectorLoading vectors, MatrixLoading matrices, DecoderArithmetic arithmetic) {

    DecoderLayer load(LayerTensors layer) {
        return new DecoderLayer(
                norm(layer.attentionNorm()),
                attention(layer.attention()),
                norm(layer.feedForwardNorm()),
                feedForward(layer.feedForward()));
    }

    NormWeights norm(VectorTensor weight) {
        return new NormWeights(vectors.load(weight), arithmetic.epsilon());
    }

    private AttentionBlock attention(LayerTensors.AttentionTensors tensors) {
        return new AttentionBlock(
                projection(tensors.query()),
                projection(tensors.key()),
                projection(tensors.value()),
                projection(tensors.output()),
                arithmetic.attentionScale(),
                Integer.MAX_VALUE);
    }

    private GatedFeedForward feedForward(LayerTensors.FeedForwardTensors tensors) {
        return new GatedFeedForward(
                projection(tensors.gate()), projection(tensors.up()), projection(tensors.down()));
    }

    private Projection projection(LinearTensors linear) {
        return new Projection(matrices.load(linear.weight()), linear.bias().map(vectors::load));
    }
}
