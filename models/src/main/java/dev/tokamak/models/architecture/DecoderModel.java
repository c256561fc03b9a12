package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// A decoder-only transformer, ready to run. Immutable; its memory belongs to the loaded model.
///
/// @param embedding how tokens enter
/// @param head how logits leave
public record DecoderModel(
        DecoderShape shape, Embedding embedding, List<DecoderLayer> layers, Head head) {

    public DecoderModel {
        layers = List.copyOf(layers);
    }

    /// How tokens enter the residual stream: `norm(scale * row of the token + row of the position + constant)`.
    ///
    /// @param weights one row of `shape.hidden()` weights for each token
    /// @param scale factor of the rows
    /// @param positions one row for each position, where positions are learnt
    /// @param constant fp32, added to every row
    /// @param norm of the rows
    public record Embedding(
            PackedWeights weights,
            float scale,
            Optional<PackedWeights> positions,
            Optional<MemorySegment> constant,
            Optional<NormWeights> norm) {

        /// Rows of tokens alone.
        public Embedding(PackedWeights weights, float scale, Optional<NormWeights> norm) {
            this(weights, scale, Optional.empty(), Optional.empty(), norm);
        }
    }

    /// How the residual stream becomes logits: `cap(scale * (projection(norm(x))))`.
    ///
    /// @param projection its weights are the same object as those of the embedding when tied
    /// @param scale factor of the logits
    /// @param softcap the bound of logits, kept by a hyperbolic tangent; 0 for none
    public record Head(NormWeights norm, Projection projection, float scale, float softcap) {}
}
