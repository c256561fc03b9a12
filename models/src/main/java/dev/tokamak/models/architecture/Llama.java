package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RouterRule.Scoring;
import java.util.List;

/// Llama and its nearest kin, which differ by little.
final class Llama {

    static final List<Family> FAMILIES =
            List.of(
                    // Also Mistral 7B, Mixtral, SmolLM 2, TinyLlama and Yi.
                    new Family("llama", Llama::llama),
                    new Family("mistral3", outline -> outline.experts(Scoring.SOFTMAX, true)),
                    new Family("arcee", outline -> outline.ungated(ElementFunction.RELU_SQUARED)),
                    new Family("internlm2", outline -> outline),
                    new Family("xverse", outline -> outline),
                    new Family("orion", Llama::orion),
                    new Family("seed_oss", Llama::seedOss),
                    new Family("smollm3", Llama::smolLm3),
                    new Family("ernie4_5", outline -> outline),
                    new Family("ernie4_5-moe", outline -> outline.experts(Scoring.SOFTMAX, true)),
                    new Family("exaone", DecoderOutline::rotaryHalves),
                    new Family("exaone4", Llama::exaone4),
                    new Family("minicpm", Llama::miniCpm),
                    new Family("granite", Llama::granite),
                    new Family("granitemoe", Llama::granite),
                    new Family("openelm", Llama::openElm));

    private Llama() {}

    private static DecoderOutline llama(DecoderOutline outline) {
        return outline.slidingIn(_ -> true, 0).experts(Scoring.SOFTMAX, true);
    }

    private static DecoderOutline orion(DecoderOutline outline) {
        return outline.rotaryHalves().layerNorms(Presence.REQUIRED);
    }

    /// Its norm before the feed-forward is named as others name the norm after attention.
    private static DecoderOutline seedOss(DecoderOutline outline) {
        return outline.rotaryHalves().feedForwardNormCalled("post_attention_norm");
    }

    private static DecoderOutline smolLm3(DecoderOutline outline) {
        return outline.rotatesIn(DecoderOutline.allBut(4));
    }

    /// Norms after both blocks only; where some layers see a window, the others do not rotate.
    private static DecoderOutline exaone4(DecoderOutline outline) {
        boolean large = outline.layerCount == 64;
        DecoderOutline slid =
                outline.rotaryHalves()
                        .noInputNorms()
                        .postNorms()
                        .headNorms(Presence.REQUIRED)
                        .slidingIn(DecoderOutline.allBut(4), large ? 4096 : 0);
        return slid.hasWindow() ? slid.rotatesIn(slid.slides) : slid;
    }

    private static DecoderOutline miniCpm(DecoderOutline outline) {
        Hyperparameters numbers = outline.hyperparameters;
        int hidden = outline.shape.hidden();
        double residual = 1.4 / Math.sqrt(outline.layerCount);
        return outline.embeddingScale(numbers.arithmetic("embedding_scale", 12))
                .residualScale(numbers.arithmetic("residual_scale", residual))
                .logitScale(1 / numbers.arithmetic("logit_scale", hidden / 256.0));
    }

    private static DecoderOutline granite(DecoderOutline outline) {
        Hyperparameters numbers = outline.hyperparameters;
        boolean rotates = numbers.flag("rope.scaling.finetuned", true);
        return outline.embeddingScale(numbers.factor("embedding_scale"))
                .residualScale(numbers.factor("residual_scale"))
                .logitScale(1 / numbers.factor("logit_scale"))
                .rotatesIn(layer -> rotates)
                .experts(Scoring.SOFTMAX, true);
    }

    private static DecoderOutline openElm(DecoderOutline outline) {
        return outline.rotaryHalves().headNorms(Presence.REQUIRED);
    }
}
