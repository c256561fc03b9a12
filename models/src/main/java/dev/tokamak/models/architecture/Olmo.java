package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// OLMo 1 to 3 and OLMoE: from 2 on with norms of all queries and of all keys at once.
final class Olmo {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("olmo", outline -> outline.layerNorms(Presence.ABSENT).plainNorms()),
                    new Family("olmo2", Olmo::olmo2),
                    new Family("olmoe", Olmo::olmoe));

    private Olmo() {}

    /// Norms after both blocks only; OLMo 3 has layers that see a window and are not stretched to longer contexts.
    private static DecoderOutline olmo2(DecoderOutline outline) {
        return outline.rotaryHalves()
                .noInputNorms()
                .postNorms()
                .headNorms(Presence.REQUIRED)
                .slidingIn(DecoderOutline.allBut(4), 0)
                .unstretchedSliding();
    }

    private static DecoderOutline olmoe(DecoderOutline outline) {
        return outline.rotaryHalves().headNorms(Presence.REQUIRED).experts(Scoring.SOFTMAX, false);
    }
}
