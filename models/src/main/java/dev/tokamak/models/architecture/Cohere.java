package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import java.util.List;

/// Command R and its successors: norms without a bias, attention and feed-forward side by side, scaled logits.
final class Cohere {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("command-r", Cohere::commandR),
                    new Family("cohere2", Cohere::cohere2));

    private Cohere() {}

    private static DecoderOutline commandR(DecoderOutline outline) {
        return outline.layerNorms(Presence.ABSENT)
                .parallel()
                .headNorms(Presence.OPTIONAL)
                .logitScale(outline.hyperparameters.factor("logit_scale"));
    }

    /// Only layers that see a window rotate.
    private static DecoderOutline cohere2(DecoderOutline outline) {
        DecoderOutline slid = commandR(outline).slidingIn(DecoderOutline.allBut(4), 0);
        return slid.rotatesIn(slid.slides);
    }
}
