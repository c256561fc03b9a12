package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.EncoderTensors.EmbeddingTensors;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Takes the tensors of a network without the head of a language model from the file as an outline wants them. Confined to one thread.
record EncoderReading(DecoderOutline outline) {

    private static final String POSITIONS = "position_embd.weight";
    private static final String TYPES = "token_types.weight";
    private static final String POOLING = "pooling_type";
    private static final int RANK = 4;

    /// A query and a document.
    private static final int TEXTS = 2;

    /// The network whose rows become vectors.
    EncoderDescription ofVectors() {
        outline.tensors.ignore("cls.");
        outline.tensors.ignore("output.");
        return describe(new LayerReading(outline), pooling(), Optional.empty());
    }

    /// The network with the head that makes scores of pairs of texts.
    EncoderDescription ofScores() {
        if (!RankReading.isIn(outline.tensors)) {
            throw outline.hyperparameters
                    .file()
                    .unsupported(
                            "has no tensor 'cls.output.weight': it gives vectors ('tokamak embed'), not scores");
        }
        outline.tensors.ignore("output.");
        LayerReading reading = new LayerReading(outline);
        RankReading rank = new RankReading(outline, reading);
        return describe(reading, rank.pooling(), Optional.of(rank.head()));
    }

    /// The network whose score is the share of one of two tokens.
    EncoderDescription ofAnswers(int yes, int no) {
        LayerReading reading = new LayerReading(outline);
        RankReading rank = new RankReading(outline, reading);
        return describe(reading, rank.pooling(), Optional.of(rank.answers(yes, no)));
    }

    private EncoderDescription describe(
            LayerReading reading, Pooling pooling, Optional<RankTensors> rank) {
        EncoderTensors all =
                new EncoderTensors(
                        embedding(reading),
                        reading.all(),
                        reading.norm(
                                "output_norm",
                                outline.shape.hidden(),
                                outline.sumNorms == Presence.REQUIRED
                                        ? Presence.ABSENT
                                        : Presence.REQUIRED),
                        pooling,
                        rank,
                        outline.epsilon());
        if (outline.bidirectional) {
            outline.hyperparameters.understood("attention.causal");
        }
        outline.hyperparameters.refuseForeignArithmetic();
        return new EncoderDescription(outline.hyperparameters.file(), outline.shape, all);
    }

    private EmbeddingTensors embedding(LayerReading reading) {
        TensorDirectory tensors = outline.tensors;
        int hidden = outline.shape.hidden();
        int positions = outline.shape.contextTokens();
        return new EmbeddingTensors(
                tensors.matrix(ShapeReading.EMBEDDING, outline.shape.vocabulary(), hidden),
                outline.embeddingScale,
                tensors.contains(POSITIONS)
                        ? Optional.of(tensors.matrix(POSITIONS, positions, hidden))
                        : Optional.empty(),
                textKinds(hidden),
                reading.norm("token_embd_norm", hidden, Presence.OPTIONAL));
    }

    /// The types of tokens of a text, and of the second text of a pair where that has its own.
    private List<VectorTensor> textKinds(int hidden) {
        if (!outline.tensors.contains(TYPES)) {
            return List.of();
        }
        int types = Math.toIntExact(outline.tensors.length(TYPES) / hidden);
        VectorTensor all = outline.tensors.vectors(TYPES, types, hidden);
        return IntStream.range(0, Math.min(types, TEXTS))
                .mapToObj(kind -> all.slice((long) kind * hidden, hidden))
                .toList();
    }

    private Pooling pooling() {
        int absent = outline.bidirectional ? 1 : 3;
        int type = outline.hyperparameters.count(POOLING, 0, 0, 64, absent);
        return switch (type) {
            case 0, 1 -> Pooling.MEAN;
            case 2 -> Pooling.FIRST;
            case 3 -> Pooling.LAST;
            case RANK ->
                    throw outline.hyperparameters
                            .file()
                            .unsupported(
                                    "is a reranker: it gives scores of pairs of texts ('tokamak rerank'), not vectors");
            default ->
                    throw outline.hyperparameters.unsupportedValue(POOLING, String.valueOf(type));
        };
    }
}
