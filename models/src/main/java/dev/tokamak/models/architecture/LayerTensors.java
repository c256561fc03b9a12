package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.models.architecture.DecoderLayer.ResidualRule;
import java.util.Optional;
import java.util.stream.Stream;

/// The tensors of one layer, before they are packed into a [DecoderLayer]. Immutable.
record LayerTensors(
        NormPair attentionNorms,
        AttentionTensors attention,
        NormPair feedForwardNorms,
        FeedForwardTensors feedForward,
        ResidualRule residual,
        End end) {

    /// The norms around a block.
    record NormPair(
            Optional<NormTensors> before, Optional<NormTensors> after, Optional<NormTensors> sum) {

        Stream<VectorTensor> vectors() {
            return Stream.of(before, after, sum)
                    .flatMap(Optional::stream)
                    .flatMap(NormTensors::vectors);
        }
    }

    /// What follows the blocks.
    record End(Optional<Signal> signal, Optional<VectorTensor> scale) {

        static final End NONE = new End(Optional.empty(), Optional.empty());
    }

    record Signal(LinearTensors gate, GateFunction function, LinearTensors up, NormTensors norm) {}

    Stream<MatrixTensor> matrices() {
        return Stream.of(
                        attention.matrices(),
                        feedForward.matrices(),
                        end.signal.stream()
                                .flatMap(one -> Stream.of(one.gate.weight(), one.up.weight())))
                .flatMap(stream -> stream);
    }

    Stream<VectorTensor> vectors() {
        return Stream.of(
                        attentionNorms.vectors(),
                        attention.vectors(),
                        feedForwardNorms.vectors(),
                        feedForward.vectors(),
                        end.signal.stream().flatMap(one -> one.norm.vectors()),
                        end.scale.stream())
                .flatMap(stream -> stream);
    }
}
