package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.kernels.linear.PackedWeights;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The part of a layer that works on each token alone, of one of three kinds. Immutable.
public sealed interface FeedForward {

    /// All matrices that the block multiplies with.
    Stream<PackedWeights> matrices();

    /// `down(function(gate(x), up(x)))`. Shazeer, "GLU variants improve transformer", 2020.
    record Gated(GateFunction function, Projection gate, Projection up, Projection down)
            implements FeedForward {

        @Override
        public Stream<PackedWeights> matrices() {
            return Stream.of(gate.weights(), up.weights(), down.weights());
        }
    }

    /// `down(function(up(x)))`.
    record Plain(ElementFunction function, Projection up, Projection down) implements FeedForward {

        @Override
        public Stream<PackedWeights> matrices() {
            return Stream.of(up.weights(), down.weights());
        }
    }

    /// A weighted sum of a few gated blocks that a router chooses for each token. Shazeer et al., "Outrageously large neural
    /// networks", 2017.
    ///
    /// @param shared a block that every token uses, added last
    /// @param norms where router and experts read other norms of the residual stream than the shared block
    record Experts(
            Router router,
            List<Gated> experts,
            Optional<SharedExpert> shared,
            Optional<ExpertNorms> norms)
            implements FeedForward {

        public Experts {
            experts = List.copyOf(experts);
        }

        @Override
        public Stream<PackedWeights> matrices() {
            return Stream.concat(
                    Stream.concat(
                            Stream.of(router.scores().weights()),
                            shared.stream()
                                    .flatMap(
                                            one ->
                                                    Stream.concat(
                                                            one.block().matrices(),
                                                            one.gate().stream()
                                                                    .map(Projection::weights)))),
                    experts.stream().flatMap(Gated::matrices));
        }
    }

    /// What chooses experts.
    ///
    /// @param scores projection to one score for each expert
    /// @param selectionBias fp32, added to the scores for the choice only
    /// @param expertScales fp32, factors of the weights of the chosen
    record Router(
            Projection scores,
            RouterRule rule,
            Optional<MemorySegment> selectionBias,
            Optional<MemorySegment> expertScales) {}

    /// Norms of the residual stream for the router and for the experts, and of what the experts and the shared block give.
    record ExpertNorms(
            NormWeights router, NormWeights input, NormWeights output, NormWeights shared) {}

    /// A block that every token uses.
    ///
    /// @param gate projection to one number whose sigmoid weighs the block; 1 without it
    record SharedExpert(Gated block, Optional<Projection> gate) {}
}
