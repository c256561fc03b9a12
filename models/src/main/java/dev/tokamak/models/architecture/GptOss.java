package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// OpenAI's open-weight models: attention sinks, every other layer sees a window, experts with a clamped gate and biases.
final class GptOss {

    static final List<Family> FAMILIES = List.of(new Family("gpt-oss", GptOss::gptOss));

    private GptOss() {}

    private static DecoderOutline gptOss(DecoderOutline outline) {
        return outline.rotaryHalves()
                .queryKeyValueBias(Presence.OPTIONAL)
                .sinks()
                .feedForwardNormCalled("post_attention_norm")
                .slidingIn(DecoderOutline.allBut(2), 0)
                .gatedBy(GateFunction.OAI_SWIGLU)
                .experts(Scoring.SOFTMAX_OF_CHOSEN, false);
    }
}
