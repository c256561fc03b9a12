package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import java.util.List;
import java.util.Optional;

/// Takes the tensors of a decoder from the file as an outline wants them. Confined to one thread.
record DecoderReading(DecoderOutline outline) {

    private static final String HEAD = "output.weight";

    DecoderDescription describe() {
        if (outline.experts.isEmpty()) {
            refuseExperts();
        }
        LayerReading reading = new LayerReading(outline);
        DecoderTensors.Entry entry = entry(reading);
        List<LayerTensors> layers = reading.all();
        int hidden = outline.shape.hidden();
        int vocabulary = outline.shape.vocabulary();
        DecoderTensors all =
                new DecoderTensors(
                        entry,
                        layers,
                        reading.norm("output_norm", hidden, Presence.REQUIRED).orElseThrow(),
                        outline.tensors.contains(HEAD)
                                ? Optional.of(outline.tensors.matrix(HEAD, vocabulary, hidden))
                                : Optional.empty(),
                        outline.tensors.optionalVector("output.bias", vocabulary),
                        new DecoderTensors.Ends(
                                outline.embeddingScale,
                                outline.logitScale,
                                outline.logitSoftcap,
                                outline.epsilon()));
        outline.hyperparameters.refuseForeignArithmetic();
        return new DecoderDescription(outline.hyperparameters.file(), outline.shape, all);
    }

    private DecoderTensors.Entry entry(LayerReading reading) {
        int hidden = outline.shape.hidden();
        int positions = outline.shape.contextTokens();
        return new DecoderTensors.Entry(
                outline.tensors.matrix(ShapeReading.EMBEDDING, outline.shape.vocabulary(), hidden),
                outline.learntPositions
                        ? Optional.of(
                                outline.tensors.matrix("position_embd.weight", positions, hidden))
                        : Optional.empty(),
                reading.norm("token_embd_norm", hidden, Presence.OPTIONAL),
                outline.signals ? new SignalReading(outline, reading).signals() : Optional.empty());
    }

    private void refuseExperts() {
        int count =
                outline.hyperparameters.count(
                        "expert_count", 0, 0, Hyperparameters.MAXIMUM_EXPERTS, 0);
        if (count > 0) {
            throw outline.hyperparameters.unsupportedValue("expert_count", String.valueOf(count));
        }
    }
}
