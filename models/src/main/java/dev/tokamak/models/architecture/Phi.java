package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import java.util.List;

/// Phi 2 to 4.
final class Phi {

    static final List<Family> FAMILIES =
            List.of(new Family("phi2", Phi::phi2), new Family("phi3", Phi::phi3));

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
}
