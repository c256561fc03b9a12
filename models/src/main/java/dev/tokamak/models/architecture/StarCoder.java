package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import java.util.List;

/// StarCoder 2 and StableLM: norms with means taken off.
final class StarCoder {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("starcoder2", StarCoder::starCoder2),
                    new Family("stablelm", StarCoder::stableLm));

    private StarCoder() {}

    private static DecoderOutline starCoder2(DecoderOutline outline) {
        return outline.rotaryHalves()
                .layerNorms(Presence.REQUIRED)
                .ungated(ElementFunction.GELU_TANH)
                .slidingIn(_ -> true, 0);
    }

    /// Without a norm before the feed-forward, that reads what attention reads.
    private static DecoderOutline stableLm(DecoderOutline outline) {
        outline.rotaryHalves().layerNorms(Presence.OPTIONAL).headNorms(Presence.OPTIONAL);
        return outline.tensors.contains("blk.0.ffn_norm.weight") ? outline : outline.parallel();
    }
}
