package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// Mixtures of experts of many makers whose attention is that of Qwen 3 or of Llama.
final class Mixtures {

    static final List<Family> FAMILIES =
            List.of(
                    // Ling, Ring and Ming of the first and the second series.
                    new Family("bailingmoe", outline -> outline.experts(Scoring.SOFTMAX, false)),
                    new Family("bailingmoe2", outline -> normed(outline, Scoring.SIGMOID)),
                    new Family("dots1", outline -> normed(outline, Scoring.SIGMOID)),
                    new Family("minimax-m2", outline -> normed(outline, Scoring.SIGMOID)),
                    new Family("hy_v3", outline -> normed(outline, Scoring.SIGMOID)),
                    new Family(
                            "hunyuan-moe",
                            outline -> hunyuan(outline).experts(Scoring.SOFTMAX, true)),
                    new Family("hunyuan-dense", Mixtures::hunyuan),
                    new Family("afmoe", Mixtures::trinity),
                    new Family("mellum", Mixtures::mellum),
                    new Family("exaone-moe", Mixtures::exaone));

    private Mixtures() {}

    /// With norms of queries and keys.
    private static DecoderOutline normed(DecoderOutline outline, Scoring scoring) {
        return outline.rotaryHalves().headNorms(Presence.REQUIRED).experts(scoring, true);
    }

    /// Layers that see a window are not stretched.
    private static DecoderOutline mellum(DecoderOutline outline) {
        return normed(outline, Scoring.SOFTMAX)
                .slidingIn(DecoderOutline.allBut(4), 0)
                .unstretchedSliding();
    }

    private static DecoderOutline hunyuan(DecoderOutline outline) {
        return outline.rotaryHalves().headNormsAfterRotation(Presence.REQUIRED);
    }

    /// Arcee's Trinity: a gate after attention, norms around both blocks, and each fourth layer without positions.
    private static DecoderOutline trinity(DecoderOutline outline) {
        return normed(outline, Scoring.SIGMOID)
                .embeddingScale(Math.sqrt(outline.shape.hidden()))
                .postNorms()
                .attentionGate()
                .slidingIn(DecoderOutline.allBut(4), 0)
                .rotatesIn(DecoderOutline.allBut(4));
    }

    /// Only layers that see a window rotate.
    private static DecoderOutline exaone(DecoderOutline outline) {
        DecoderOutline slid =
                normed(outline, Scoring.SIGMOID).slidingIn(DecoderOutline.allBut(4), 128);
        return slid.rotatesIn(slid.slides);
    }
}
