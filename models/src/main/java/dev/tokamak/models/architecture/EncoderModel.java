package dev.tokamak.models.architecture;

import java.util.List;
import java.util.Optional;

/// A transformer whose last rows are its result, ready to run. Immutable; its memory belongs to the loaded model.
///
/// @param norm of the last rows
/// @param pooling how the rows of a text become one vector
/// @param rank makes a score of that vector where the network is used for scores
public record EncoderModel(
        DecoderShape shape,
        DecoderModel.Embedding embedding,
        List<DecoderLayer> layers,
        Optional<NormWeights> norm,
        Pooling pooling,
        Optional<RankHead> rank) {

    public EncoderModel {
        layers = List.copyOf(layers);
    }
}
