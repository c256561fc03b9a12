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
            Optional<VectorTensor> selectionBias,
            List<Gated> experts,
            Optional<Shared> shared)
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
            return Stream.concat(FeedForwardTensors.super.vectors(), selectionBias.stream());
        }
    }

    record Shared(Gated block, Optional<LinearTensors> gate) {

        Stream<LinearTensors> linears() {
            return Stream.concat(block.linears(), gate.stream());
        }
    }
}
