package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// DeepSeek: V1 with plain attention, V2 to R1 with latent attention, both with experts and shared ones.
final class DeepSeek {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("deepseek", outline -> outline.experts(Scoring.SOFTMAX, false)),
                    new Family("deepseek2", DeepSeek::deepSeek2));

    private DeepSeek() {}

    private static DecoderOutline deepSeek2(DecoderOutline outline) {
        return outline.latentAttention().experts(Scoring.SOFTMAX, false);
    }
}
