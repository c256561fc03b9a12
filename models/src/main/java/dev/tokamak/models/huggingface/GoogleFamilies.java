package dev.tokamak.models.huggingface;

import java.util.List;

/// Gemma 1 to 3: norms that hold what is more than 1, and names of their own for the norms around the blocks.
final class GoogleFamilies {

    static final List<HubFamily> ALL =
            List.of(
                    HubFamily.of("gemma", GoogleFamilies::gemma, "GemmaForCausalLM"),
                    HubFamily.of("gemma2", GoogleFamilies::gemma2, "Gemma2ForCausalLM"),
                    HubFamily.of(
                            "gemma3",
                            GoogleFamilies::gemma3,
                            "Gemma3ForCausalLM",
                            "Gemma3ForConditionalGeneration"));

    private GoogleFamilies() {}

    private static ConversionOutline gemma(ConversionOutline outline) {
        return outline.normsAboveOne().activations("gelu_pytorch_tanh", "gelu", "gelu_new");
    }

    private static ConversionOutline gemma2(ConversionOutline outline) {
        ConversionOutline named =
                gemma(outline)
                        .module("post_attention_layernorm", "post_attention_norm")
                        .module("pre_feedforward_layernorm", "ffn_norm")
                        .module("post_feedforward_layernorm", "post_ffw_norm")
                        .decimal("attn_logit_softcapping", "attn_logit_softcapping")
                        .decimal("final_logit_softcapping", "final_logit_softcapping")
                        .windowInAllBut(2);
        outline.config
                .decimal("query_pre_attn_scalar")
                .ifPresent(scalar -> outline.put("attention.scale", 1 / Math.sqrt(scalar)));
        return named;
    }

    private static ConversionOutline gemma3(ConversionOutline outline) {
        return gemma2(outline)
                .windowInAllBut(6)
                .rotaryBase(1_000_000)
                .ignoring("vision_tower.")
                .ignoring("multi_modal_projector.");
    }
}
