package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The tensors and numbers of a feed-forward block, before they become a [FeedForward]. Immutable.
sealed interface FeedForwardTensors {

    Stream<LinearTensors> linears();

    /// Columns of the inner rows that one token has.
    int innerColumns();

    default Stream<MatrixTensor> matrices() {
        return linears().map(LinearTensors::weight);
    }

    default Stream<VectorTensor> vectors() {
        return linears().flatMap(linear -> linear.bias().stream());
    }

    record Gated(GateFunction function, LinearTensors gate, LinearTensors up, LinearTensors down)
            implements FeedForwardTensors {

        @Override
        public int innerColumns() {
            return up.weight().rows();
        }

        @Override
        public Stream<LinearTensors> linears() {
            return Stream.of(gate, up, down);
        }
    }

    record Plain(ElementFunction function, LinearTensors up, LinearTensors down)
            implements FeedForwardTensors {

        @Override
        public int innerColumns() {
            return up.weight().rows();
        }

        @Override
        public Stream<LinearTensors> linears() {
            return Stream.of(up, down);
        }
    }

    record Experts(
            LinearTensors scores,
            RouterRule rule,
            Selection selection,
            List<Gated> experts,
            Optional<Shared> shared,
            Optional<Norms> norms)
            implements FeedForwardTensors {

        @Override
        public int innerColumns() {
            int sharedColumns = shared.map(one -> one.block().innerColumns()).orElse(0);
            return Math.addExact(
                    Math.multiplyExact(rule.used(), experts.getFirst().innerColumns()),
                    sharedColumns);
        }

        @Override
        public Stream<LinearTensors> linears() {
            return Stream.of(
                            Stream.of(scores),
                            experts.stream().flatMap(Gated::linears),
                            shared.stream().flatMap(Shared::linears))
                    .flatMap(stream -> stream);
        }

        @Override
        public Stream<VectorTensor> vectors() {
            return Stream.of(
                            FeedForwardTensors.super.vectors(),
                            selection.bias.stream(),
                            selection.expertScales.stream(),
                            norms.stream().flatMap(Norms::vectors))
                    .flatMap(stream -> stream);
        }
    }

    /// What is added to the scores for the choice, and factors of the weights of the chosen.
    record Selection(Optional<VectorTensor> bias, Optional<VectorTensor> expertScales) {}

    /// Norms of the residual stream for the router, to be divided by the root of its width, and for the experts, and of what
    /// the experts and the shared block give.
    record Norms(NormTensors router, NormTensors input, NormTensors output, NormTensors shared) {

        Stream<VectorTensor> vectors() {
            return Stream.of(router, input, output, shared).flatMap(NormTensors::vectors);
        }
    }

    record Shared(Gated block, Optional<LinearTensors> gate) {

        Stream<LinearTensors> linears() {
            return Stream.concat(block.linears(), gate.stream());
        }
    }
}
