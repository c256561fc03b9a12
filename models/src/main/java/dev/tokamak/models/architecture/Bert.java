package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import java.util.List;

/// Encoders that read a text in both directions: BERT and XLM-RoBERTa (whose files call themselves `bert` too), Nomic's with
/// rotary positions and gates, and ModernBERT with norms before the blocks and layers that see a window.
final class Bert {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("bert", Bert::bert),
                    new Family("nomic-bert", Bert::nomicBert),
                    new Family("modern-bert", Bert::modernBert));

    private Bert() {}

    private static DecoderOutline bert(DecoderOutline outline) {
        return outline.bidirectional()
                .layerNorms(Presence.REQUIRED)
                .sumNorms()
                .rotatesIn(_ -> false)
                .ungated(ElementFunction.GELU_ERF);
    }

    private static DecoderOutline nomicBert(DecoderOutline outline) {
        return outline.bidirectional().layerNorms(Presence.REQUIRED).sumNorms().rotaryHalves();
    }

    /// Each third layer from the first sees everything.
    private static DecoderOutline modernBert(DecoderOutline outline) {
        return outline.bidirectional()
                .layerNorms(Presence.ABSENT)
                .rotaryHalves()
                .gatedBy(gate(outline.hyperparameters))
                .slidingIn(layer -> layer % 3 != 0, 0)
                .slidingRope()
                .ranksMeanBy(ElementFunction.GELU_ERF);
    }

    private static GateFunction gate(Hyperparameters hyperparameters) {
        String key = "hidden_activation";
        return switch (hyperparameters.string(key).orElse("gelu")) {
            case "gelu" -> GateFunction.GELU_ERF;
            case "silu" -> GateFunction.SILU;
            default ->
                    throw hyperparameters.unsupportedValue(
                            key, hyperparameters.string(key).orElse(""));
        };
    }
}
