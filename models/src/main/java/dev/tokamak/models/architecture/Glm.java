package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// GLM 4: norms before and after both blocks; GLM 4.5 has experts instead.
final class Glm {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("glm4", outline -> outline.postNorms().positionsOfText()),
                    new Family("chatglm", outline -> outline),
                    new Family("glm4moe", Glm::glm4Moe));

    private Glm() {}

    private static DecoderOutline glm4Moe(DecoderOutline outline) {
        return outline.positionsOfText()
                .rotaryHalves()
                .headNorms(Presence.OPTIONAL)
                .feedForwardNormCalled("post_attention_norm")
                .experts(Scoring.SIGMOID, true);
    }
}
