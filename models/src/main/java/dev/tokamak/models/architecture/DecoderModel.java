package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.rope.RopeTable;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// A decoder-only transformer, ready to run. Immutable; its memory belongs to the loaded model.
///
/// @param embedding how tokens enter
/// @param signals what layers are told of tokens beside the residual stream
/// @param head how logits leave
public record DecoderModel(
        DecoderShape shape,
        Embedding embedding,
        Optional<TokenSignals> signals,
        List<DecoderLayer> layers,
        Head head) {

    public DecoderModel {
        layers = List.copyOf(layers);
    }

    /// The most tokens of a sequence whose positions are not turned otherwise: a sequence that becomes longer must be computed
    /// again. `Integer.MAX_VALUE` for most models.
    public int shortTokens() {
        return layers.stream()
                .flatMap(layer -> layer.attention().rotation().stream())
                .mapToInt(RopeTable::shortTokens)
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /// How tokens enter the residual stream: `norm(scale * row of the token + row of the position + kind of text)`.
    ///
    /// @param weights one row of `shape.hidden()` weights for each token
    /// @param scale factor of the rows
    /// @param positions one row for each position, where positions are learnt
    /// @param textKinds fp32, added to every row: the first one, or the last to rows of the second text of a pair
    /// @param norm of the rows
    public record Embedding(
            PackedWeights weights,
            float scale,
            Optional<PackedWeights> positions,
            List<MemorySegment> textKinds,
            Optional<NormWeights> norm) {

        public Embedding {
            textKinds = List.copyOf(textKinds);
        }

        /// Rows of tokens alone.
        public Embedding(PackedWeights weights, float scale, Optional<NormWeights> norm) {
            this(weights, scale, Optional.empty(), List.of(), norm);
        }
    }

    /// What layers are told of a token beside the residual stream, one stretch of a row for each layer:
    /// `(norm(projection(x) / sqrt(hidden)) + sqrt(width) * row of the token) / sqrt(2)`, where x is the token's embedding.
    /// "Gemma 3n" of 2025 calls them per-layer embeddings.
    ///
    /// @param rows one row for each token
    /// @param projection of the embedding, as wide as a row
    /// @param norm of each layer's stretch
    public record TokenSignals(PackedWeights rows, Projection projection, NormWeights norm) {}

    /// How the residual stream becomes logits: `cap(scale * (projection(norm(x))))`.
    ///
    /// @param projection its weights are the same object as those of the embedding when tied
    /// @param scale factor of the logits
    /// @param softcap the bound of logits, kept by a hyperbolic tangent; 0 for none
    public record Head(NormWeights norm, Projection projection, float scale, float softcap) {}
}
