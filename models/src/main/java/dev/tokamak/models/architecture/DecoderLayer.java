package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.kernels.linear.PackedWeights;
import java.util.Optional;
import java.util.stream.Stream;

/// One transformer layer: `x += s * post(attention(norm(x))); x += s * post(feedForward(norm(x)))`, where families leave out
/// some of the norms. Immutable.
///
/// @param residual how the blocks' results join the residual stream
/// @param end what follows the blocks
public record DecoderLayer(
        BlockNorms attentionNorms,
        AttentionBlock attention,
        BlockNorms feedForwardNorms,
        FeedForward feedForward,
        ResidualRule residual,
        LayerEnd end) {

    /// The norms around a block.
    ///
    /// @param before of its input
    /// @param after of its result, before that joins the residual stream
    /// @param sum of the residual stream, once the result has joined it
    public record BlockNorms(
            Optional<NormWeights> before, Optional<NormWeights> after, Optional<NormWeights> sum) {}

    /// How the blocks' results join the residual stream.
    ///
    /// @param parallel whether the feed-forward reads the residual stream as it was before attention
    /// @param scale factor of both blocks' results
    public record ResidualRule(boolean parallel, float scale) {

        /// One block after the other, results added as they are.
        public static final ResidualRule PLAIN = new ResidualRule(false, 1);
    }

    /// What follows the blocks.
    ///
    /// @param signal what the layer is told of the token itself
    /// @param scale factor of the residual stream, last of all
    public record LayerEnd(Optional<TokenSignal> signal, float scale) {}

    /// How a layer's signal of a token joins the residual stream: `x += norm(up(function(gate(x), signal)))`.
    public record TokenSignal(
            Projection gate, GateFunction function, Projection up, NormWeights norm) {}

    /// All matrices that the layer multiplies with.
    public Stream<PackedWeights> matrices() {
        return Stream.of(
                        attention.matrices(),
                        feedForward.matrices(),
                        end.signal.stream()
                                .flatMap(one -> Stream.of(one.gate.weights(), one.up.weights())))
                .flatMap(stream -> stream);
    }
}
