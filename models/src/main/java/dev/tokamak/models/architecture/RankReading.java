package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RankTensors.DenseTensors;
import java.util.List;
import java.util.Optional;

/// Takes the tensors that make scores from the file as an outline wants them. Confined to one thread.
record RankReading(DecoderOutline outline, LayerReading reading) {

    static final String WEIGHTS = "cls.output.weight";

    private static final String OUTPUT = "cls.output";
    private static final String LABELS = "classifier.output_labels";
    private static final String POOLING = "classifier.pooling_type";
    private static final int MOST_LABELS = 1 << 12;

    /// Whether a file has a head for scores.
    static boolean isIn(TensorDirectory tensors) {
        return tensors.contains(WEIGHTS);
    }

    /// The head in the file: one output, or the outputs of the answers yes and no.
    RankTensors head() {
        TensorDirectory tensors = outline.tensors;
        int hidden = outline.shape.hidden();
        int outputs = (int) Math.min(MOST_LABELS, tensors.length(WEIGHTS) / hidden);
        List<String> labels =
                outline.hyperparameters
                        .file()
                        .metadata()
                        .strings(outline.hyperparameters.key(LABELS));
        boolean isYesOrNo = outputs == 2 && labels.equals(List.of("yes", "no"));
        if (outputs != 1 && !isYesOrNo) {
            throw outline.hyperparameters
                    .file()
                    .unsupported(
                            "its head has %d outputs, %d of them named; a reranker has one, or 'yes' and 'no'"
                                    .formatted(outputs, labels.size()));
        }
        LinearTensors output =
                new LinearTensors(
                        outputs == 1
                                ? tensors.row(WEIGHTS, hidden)
                                : tensors.matrix(WEIGHTS, outputs, hidden),
                        reading.vector(OUTPUT + ".bias", outputs, Presence.OPTIONAL));
        return new RankTensors(dense(hidden), List.of(output), isYesOrNo);
    }

    private Optional<DenseTensors> dense(int hidden) {
        return outline.tensors.contains("cls.weight")
                ? Optional.of(
                        new DenseTensors(
                                reading.linear("cls", hidden, hidden, Presence.OPTIONAL),
                                outline.rankFunction,
                                reading.norm("cls.norm", hidden, Presence.OPTIONAL)))
                : Optional.empty();
    }

    /// The rows of a language model's head that belong to two tokens, of which the first says yes.
    RankTensors answers(int yes, int no) {
        TensorDirectory tensors = outline.tensors;
        int vocabulary = outline.shape.vocabulary();
        String name = tensors.contains("output.weight") ? "output.weight" : ShapeReading.EMBEDDING;
        LinearTensors head =
                new LinearTensors(
                        tensors.matrix(name, vocabulary, outline.shape.hidden()),
                        tensors.optionalVector("output.bias", vocabulary));
        return new RankTensors(
                Optional.empty(), List.of(head.rows(yes, 1), head.rows(no, 1)), true);
    }

    /// The row that stands for a pair: the last of a decoder; of an encoder the first, unless file or family say the mean.
    Pooling pooling() {
        if (!outline.bidirectional) {
            return Pooling.LAST;
        }
        int absent = outline.ranksMean ? 1 : 2;
        int type = outline.hyperparameters.count(POOLING, 0, 0, 64, absent);
        return switch (type) {
            case 1 -> Pooling.MEAN;
            case 2 -> Pooling.FIRST;
            default ->
                    throw outline.hyperparameters.unsupportedValue(POOLING, String.valueOf(type));
        };
    }
}
