package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// Qwen 1 to 3, and the text side of those that see: rotary pairs half a head apart, and biases (up to 2.5) or norms (from 3
/// on) of queries and keys.
final class Qwen {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("qwen", outline -> qwen2(outline).feedForwardDividedBy(2)),
                    new Family("qwen2", Qwen::qwen2),
                    new Family("qwen2vl", outline -> qwen2(outline).positionsOfText()),
                    new Family("qwen3vl", outline -> qwen3(outline).positionsOfText()),
                    new Family(
                            "qwen3vlmoe",
                            outline ->
                                    qwen3(outline)
                                            .positionsOfText()
                                            .experts(Scoring.SOFTMAX, true)),
                    new Family(
                            "qwen2moe",
                            outline ->
                                    qwen2(outline)
                                            .queryKeyValueBias(Presence.OPTIONAL)
                                            .expertsWhereRouted(Scoring.SOFTMAX, false)),
                    new Family("qwen3", Qwen::qwen3),
                    new Family(
                            "qwen3moe",
                            outline -> qwen3(outline).expertsWhereRouted(Scoring.SOFTMAX, true)));

    private Qwen() {}

    private static DecoderOutline qwen2(DecoderOutline outline) {
        return outline.rotaryHalves().queryKeyValueBias(Presence.REQUIRED).slidingIn(_ -> true, 0);
    }

    private static DecoderOutline qwen3(DecoderOutline outline) {
        return outline.rotaryHalves().headNorms(Presence.REQUIRED).slidingIn(_ -> true, 0);
    }
}
