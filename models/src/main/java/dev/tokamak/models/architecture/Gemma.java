package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// Gemma 1 to 4: scaled embeddings and a feed-forward gated by GELU; from 2 on norms after the blocks and layers that see a
/// window, in 2 bounded scores and logits, from 3 on norms of queries and keys, in 4 norms of values, keys that layers share,
/// signals of tokens, and experts beside a dense block.
final class Gemma {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("gemma", Gemma::gemma),
                    new Family("gemma2", Gemma::gemma2),
                    new Family("gemma3", Gemma::gemma3),
                    new Family("gemma4", Gemma::gemma4));

    private static final int LAYERS_OF_GEMMA2_27B = 46;
    private static final int LAYERS_OF_GEMMA3_27B = 62;
    private static final int WINDOW_OF_GEMMA2 = 4096;
    private static final int SCORE_BOUND_OF_GEMMA2 = 50;
    private static final int LOGIT_BOUND_OF_GEMMA2 = 30;

    private Gemma() {}

    private static DecoderOutline gemma(DecoderOutline outline) {
        return outline.rotaryHalves()
                .gatedBy(GateFunction.GELU_TANH)
                .embeddingScale((float) Math.sqrt(outline.shape.hidden()));
    }

    private static DecoderOutline gemma2(DecoderOutline outline) {
        return scaled(gemma(outline), LAYERS_OF_GEMMA2_27B)
                .postNorms()
                .softcaps(SCORE_BOUND_OF_GEMMA2, LOGIT_BOUND_OF_GEMMA2)
                .slidingIn(DecoderOutline.allBut(2), WINDOW_OF_GEMMA2);
    }

    private static DecoderOutline gemma3(DecoderOutline outline) {
        return scaled(gemma(outline), LAYERS_OF_GEMMA3_27B)
                .postNorms()
                .softcaps(0, 0)
                .headNorms(Presence.REQUIRED)
                .slidingIn(DecoderOutline.allBut(6), 0)
                .slidingRope();
    }

    /// Scores are not scaled, since queries and keys are normalised.
    private static DecoderOutline gemma4(DecoderOutline outline) {
        return gemma(outline)
                .postNorms()
                .softcaps(0, 0)
                .headNorms(Presence.REQUIRED)
                .valueNorms()
                .attentionScale(1)
                .slidingIn(DecoderOutline.allBut(6), 0)
                .slidingRope()
                .sharedKeysAndValues()
                .signals()
                .denseBesideExperts()
                .expertsWhereRouted(Scoring.SOFTMAX, true);
    }

    /// The largest models divide scores by the share of the embedding that a head has.
    private static DecoderOutline scaled(DecoderOutline outline, int layersOfLargest) {
        if (outline.layerCount != layersOfLargest) {
            return outline;
        }
        double share = (double) outline.shape.hidden() / outline.shape.heads();
        return outline.attentionScale(1 / Math.sqrt(share));
    }
}
