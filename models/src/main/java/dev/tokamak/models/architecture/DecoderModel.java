package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.rope.RopeTable;
import java.util.List;

/// A decoder-only transformer, ready to run. Immutable; its memory belongs to the loaded model.
///
/// @param embedding one row of `shape.hidden()` weights for each token
/// @param head the output head; the same object as `embedding` when tied
public record DecoderModel(
        DecoderShape shape,
        PackedWeights embedding,
        List<DecoderLayer> layers,
        NormWeights outputNorm,
        PackedWeights head,
        RopeTable rope) {

    public DecoderModel {
        layers = List.copyOf(layers);
    }
}
