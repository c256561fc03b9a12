package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import java.util.Optional;

/// Takes from the file what tells layers of tokens beside the residual stream, where it has that. Confined to one thread.
record SignalReading(DecoderOutline outline, LayerReading reading) {

    private int width() {
        return outline.hyperparameters.count(
                "embedding_length_per_layer_input", 0, 0, Hyperparameters.MAXIMUM_WIDTH, 0);
    }

    Optional<DecoderTensors.Signals> signals() {
        int width = width();
        if (width == 0) {
            return Optional.empty();
        }
        int columns = columns(width);
        int hidden = outline.shape.hidden();
        return Optional.of(
                new DecoderTensors.Signals(
                        outline.tensors.matrix(
                                "per_layer_token_embd.weight", outline.shape.vocabulary(), columns),
                        reading.linear("per_layer_model_proj", columns, hidden, Presence.ABSENT),
                        reading.norm("per_layer_proj_norm", width, Presence.REQUIRED)
                                .orElseThrow()));
    }

    private int columns(int width) {
        long columns = (long) width * outline.layerCount;
        if (columns > Hyperparameters.MAXIMUM_WIDTH) {
            throw outline.hyperparameters
                    .file()
                    .corrupt(
                            "signals of %d elements for each of %d layers, the limit is %d for all"
                                    .formatted(
                                            width,
                                            outline.layerCount,
                                            Hyperparameters.MAXIMUM_WIDTH));
        }
        return (int) columns;
    }

    LayerTensors.End end(String prefix) {
        int width = width();
        int hidden = outline.shape.hidden();
        Optional<LayerTensors.Signal> signal =
                width == 0
                        ? Optional.empty()
                        : Optional.of(
                                new LayerTensors.Signal(
                                        reading.linear(
                                                prefix + "inp_gate",
                                                width,
                                                hidden,
                                                Presence.ABSENT),
                                        outline.gate,
                                        reading.linear(
                                                prefix + "proj", hidden, width, Presence.ABSENT),
                                        reading.norm(
                                                        prefix + "post_norm",
                                                        hidden,
                                                        Presence.REQUIRED)
                                                .orElseThrow()));
        return new LayerTensors.End(
                signal, outline.tensors.optionalVector(prefix + "layer_output_scale.weight", 1));
    }
}
