package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import java.util.Optional;
import java.util.stream.Stream;

/// One transformer layer: `x += s * post(attention(norm(x))); x += s * post(feedForward(norm(x)))`, where families leave out
/// some of the norms. Immutable.
///
/// @param residual how the blocks' results join the residual stream
public record DecoderLayer(
        BlockNorms attentionNorms,
        AttentionBlock attention,
        BlockNorms feedForwardNorms,
        FeedForward feedForward,
        ResidualRule residual) {

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

    /// All matrices that the layer multiplies with.
    public Stream<PackedWeights> matrices() {
        return Stream.concat(attention.matrices(), feedForward.matrices());
    }
}
