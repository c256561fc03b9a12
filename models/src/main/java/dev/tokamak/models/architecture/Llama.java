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
                    new Family("mistral3", Llama::mistral3),
                    new Family("llama4", Llama::llama4),
                    new Family("baichuan", Llama::baichuan),
                    new Family(
                            "maincoder",
                            outline -> outline.headNormsAfterRotation(Presence.REQUIRED)),
                    new Family("pangu-embedded", DecoderOutline::rotaryHalves),
                    new Family("plamo", outline -> outline.rotaryHalves().parallel()),
                    new Family("arcee", outline -> outline.ungated(ElementFunction.RELU_SQUARED)),
                    new Family("internlm2", outline -> outline),
                    new Family("xverse", outline -> outline),
                    new Family("orion", Llama::orion),
                    new Family("seed_oss", Llama::seedOss),
                    new Family("smollm3", Llama::smolLm3),
                    new Family("ernie4_5", outline -> outline),
                    new Family(
                            "ernie4_5-moe",
                            outline -> outline.expertsWhereRouted(Scoring.SOFTMAX, true)),
                    new Family("exaone", DecoderOutline::rotaryHalves),
                    new Family("exaone4", Llama::exaone4),
                    new Family("minicpm", Llama::miniCpm),
                    new Family("granite", Llama::granite),
                    new Family("granitemoe", Llama::granite),
                    new Family("openelm", Llama::openElm));

    private static final int LAYERS_OF_BAICHUAN_13B = 40;
    private static final int CHUNK_OF_LLAMA4 = 8192;
    private static final int EXPERTS_OF_MAVERICK = 128;

    private Llama() {}

    private static DecoderOutline llama(DecoderOutline outline) {
        return outline.slidingIn(_ -> true, 0).experts(Scoring.SOFTMAX, true);
    }

    /// The length of a step of the temperature is the context before it was stretched.
    private static DecoderOutline mistral3(DecoderOutline outline) {
        Hyperparameters numbers = outline.hyperparameters;
        double scale = numbers.arithmetic("attention.temperature_scale", 0);
        outline.experts(Scoring.SOFTMAX, true);
        if (scale == 0) {
            return outline;
        }
        int length =
                numbers.count(
                        "rope.scaling.original_context_length",
                        Hyperparameters.MAXIMUM_CONTEXT_TOKENS);
        return outline.temperature(new Temperature(scale, length, 0), _ -> true);
    }

    /// Three of four layers see a chunk of positions and rotate; the others see all, without positions but with a
    /// temperature. A window of 0 in the file stands for layers that all see everything and rotate.
    private static DecoderOutline llama4(DecoderOutline outline) {
        outline.experts(Scoring.SIGMOID, false)
                .weighsInputs()
                .slidingIn(DecoderOutline.allBut(4), CHUNK_OF_LLAMA4);
        boolean norms =
                outline.hyperparameters.count(
                                "expert_count", 0, 0, Hyperparameters.MAXIMUM_EXPERTS, 0)
                        != EXPERTS_OF_MAVERICK;
        if (!outline.hasWindow()) {
            return outline.plainHeadNorms(_ -> norms);
        }
        return outline.chunks()
                .rotatesIn(outline.slides)
                .plainHeadNorms(layer -> norms && outline.slides.test(layer))
                .temperature(new Temperature(0.1, CHUNK_OF_LLAMA4, 1), outline.slides.negate());
    }

    /// The larger model adds to scores by distance instead of rotating.
    private static DecoderOutline baichuan(DecoderOutline outline) {
        if (outline.layerCount == LAYERS_OF_BAICHUAN_13B) {
            throw outline.hyperparameters
                    .file()
                    .unsupported(
                            "Baichuan models of 40 layers (13B) have ALiBi, which is not supported; those of 32 (7B) are");
        }
        return outline;
    }

    private static DecoderOutline orion(DecoderOutline outline) {
        return outline.rotaryHalves().layerNorms(Presence.REQUIRED);
    }

    /// Its norm before the feed-forward is named as others name the norm after attention.
    private static DecoderOutline seedOss(DecoderOutline outline) {
        return outline.rotaryHalves().feedForwardNormCalled("post_attention_norm");
    }

    private static DecoderOutline smolLm3(DecoderOutline outline) {
        return outline.rotatesIn(
                        outline.saidLayers("rope.rotated_layers", DecoderOutline.allBut(4)))
                .slidingIn(_ -> true, 0);
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
