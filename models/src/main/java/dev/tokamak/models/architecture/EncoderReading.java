package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.EncoderTensors.EmbeddingTensors;
import java.util.Optional;

/// Takes the tensors of a network without a head from the file as an outline wants them. Confined to one thread.
record EncoderReading(DecoderOutline outline) {

    private static final String POSITIONS = "position_embd.weight";
    private static final String TYPES = "token_types.weight";
    private static final String POOLING = "pooling_type";

    EncoderDescription describe() {
        LayerReading reading = new LayerReading(outline);
        TensorDirectory tensors = outline.tensors;
        int hidden = outline.shape.hidden();
        int positions = outline.shape.contextTokens();
        EmbeddingTensors embedding =
                new EmbeddingTensors(
                        tensors.matrix(ShapeReading.EMBEDDING, outline.shape.vocabulary(), hidden),
                        outline.embeddingScale,
                        tensors.contains(POSITIONS)
                                ? Optional.of(tensors.matrix(POSITIONS, positions, hidden))
                                : Optional.empty(),
                        firstType(hidden),
                        reading.norm("token_embd_norm", hidden, Presence.OPTIONAL));
        // The head of a decoder that is used for its rows.
        tensors.ignore("output.");
        EncoderTensors all =
                new EncoderTensors(
                        embedding,
                        reading.all(),
                        reading.norm(
                                "output_norm",
                                hidden,
                                outline.sumNorms == Presence.REQUIRED
                                        ? Presence.ABSENT
                                        : Presence.REQUIRED),
                        pooling(),
                        outline.epsilon());
        if (outline.bidirectional) {
            outline.hyperparameters.understood("attention.causal");
        }
        outline.hyperparameters.refuseForeignArithmetic();
        return new EncoderDescription(outline.hyperparameters.file(), outline.shape, all);
    }

    /// Every token is of the first type: texts are encoded one by one.
    private Optional<VectorTensor> firstType(int hidden) {
        if (!outline.tensors.contains(TYPES)) {
            return Optional.empty();
        }
        int types = Math.toIntExact(outline.tensors.length(TYPES) / hidden);
        return Optional.of(outline.tensors.vectors(TYPES, types, hidden).slice(0, hidden));
    }

    private Pooling pooling() {
        int absent = outline.bidirectional ? 1 : 3;
        int type = outline.hyperparameters.count(POOLING, 0, 0, 64, absent);
        return switch (type) {
            case 0, 1 -> Pooling.MEAN;
            case 2 -> Pooling.FIRST;
            case 3 -> Pooling.LAST;
            default ->
                    throw outline.hyperparameters.unsupportedValue(POOLING, String.valueOf(type));
        };
    }
}
