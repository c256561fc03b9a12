package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// Phi 2 to 4.
final class Phi {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("phi2", Phi::phi2),
                    new Family("phi3", Phi::phi3),
                    new Family("phimoe", Phi::phiMoe));

    private Phi() {}

    private static DecoderOutline phi2(DecoderOutline outline) {
        return outline.rotaryHalves()
                .layerNorms(Presence.REQUIRED)
                .parallel()
                .ungated(ElementFunction.GELU_TANH);
    }

    /// Every layer sees the window, where the file names one.
    private static DecoderOutline phi3(DecoderOutline outline) {
        return outline.rotaryHalves().slidingIn(_ -> true, 0);
    }

    private static DecoderOutline phiMoe(DecoderOutline outline) {
        return phi3(outline).layerNorms(Presence.REQUIRED).experts(Scoring.SOFTMAX, true);
    }
}
