package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderLayer.ResidualRule;
import java.util.Optional;
import java.util.stream.Stream;

/// The tensors of one layer, before they are packed into a [DecoderLayer]. Immutable.
record LayerTensors(
        NormPair attentionNorms,
        AttentionTensors attention,
        NormPair feedForwardNorms,
        FeedForwardTensors feedForward,
        ResidualRule residual) {

    /// The norms around a block.
    record NormPair(
            Optional<NormTensors> before, Optional<NormTensors> after, Optional<NormTensors> sum) {

        Stream<VectorTensor> vectors() {
            return Stream.of(before, after, sum)
                    .flatMap(Optional::stream)
                    .flatMap(NormTensors::vectors);
        }
    }

    Stream<MatrixTensor> matrices() {
        return Stream.concat(attention.matrices(), feedForward.matrices());
    }

    Stream<VectorTensor> vectors() {
        return Stream.of(
                        attentionNorms.vectors(),
                        attention.vectors(),
                        feedForwardNorms.vectors(),
                        feedForward.vectors())
                .flatMap(stream -> stream);
    }
}
