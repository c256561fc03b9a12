package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.OptionalLong;

/// Gemma: norms that hold what is more than 1 (but not in 4), and names of their own for the norms around the blocks.
final class GoogleFamilies {

    static final List<HubFamily> ALL =
            List.of(
                    HubFamily.of("gemma", GoogleFamilies::gemma, "GemmaForCausalLM"),
                    HubFamily.of("gemma2", GoogleFamilies::gemma2, "Gemma2ForCausalLM"),
                    HubFamily.of(
                            "gemma3",
                            GoogleFamilies::gemma3,
                            "Gemma3ForCausalLM",
                            "Gemma3ForConditionalGeneration"),
                    HubFamily.of(
                            "gemma4",
                            GoogleFamilies::gemma4,
                            "Gemma4ForCausalLM",
                            "Gemma4ForConditionalGeneration",
                            "Gemma4UnifiedForConditionalGeneration"));

    private static final long USUAL_FULL_HEAD_DIM = 512;

    private GoogleFamilies() {}

    private static ConversionOutline gemma(ConversionOutline outline) {
        return outline.normsAboveOne()
                .seesEverything()
                .activations("gelu_pytorch_tanh", "gelu", "gelu_new");
    }

    private static ConversionOutline gemma2(ConversionOutline outline) {
        ConversionOutline named =
                gemma(outline)
                        .activations("gelu_pytorch_tanh", "gelu_new")
                        .module("post_attention_layernorm", "post_attention_norm")
                        .module("pre_feedforward_layernorm", "ffn_norm")
                        .module("post_feedforward_layernorm", "post_ffw_norm")
                        .put("attn_logit_softcapping", softcap(outline, "attn_logit_softcapping"))
                        .put("final_logit_softcapping", softcap(outline, "final_logit_softcapping"))
                        .windowInAllBut(2);
        outline.config
                .decimal("query_pre_attn_scalar")
                .ifPresent(scalar -> outline.put("attention.scale", 1 / Math.sqrt(scalar)));
        return named;
    }

    /// A bound that is named and `null` is none, where an absent one is Gemma 2's.
    private static double softcap(ConversionOutline outline, String name) {
        return outline.config.decimal(name).orElse(0);
    }

    /// The reference does not bound scores, whatever the configuration says.
    private static ConversionOutline gemma3(ConversionOutline outline) {
        return gemma2(outline)
                .put("attn_logit_softcapping", 0.0)
                .windowInAllBut(6)
                .rotaryBase(1_000_000)
                .ignoring("vision_tower.")
                .ignoring("multi_modal_projector.");
    }

    private static ConversionOutline gemma4(ConversionOutline outline) {
        return gemma4Experts(outline)
                .activations("gelu_pytorch_tanh")
                .module("post_attention_layernorm", "post_attention_norm")
                .module("pre_feedforward_layernorm", "ffn_norm")
                .module("post_feedforward_layernorm", "post_ffw_norm")
                .module("layer_scalar", "layer_output_scale")
                .module("per_layer_input_gate", "inp_gate")
                .module("per_layer_projection", "proj")
                .module("post_per_layer_input_norm", "post_norm")
                .end("embed_tokens_per_layer", "per_layer_token_embd")
                .end("per_layer_model_projection", "per_layer_model_proj")
                .end("per_layer_projection_norm", "per_layer_proj_norm")
                // Said even if there is none: llama.cpp takes an absent one for 30.
                .put(
                        "final_logit_softcapping",
                        outline.config.decimal("final_logit_softcapping").orElse(0))
                .integer("attention.shared_kv_layers", "num_kv_shared_layers")
                .integer("embedding_length_per_layer_input", "hidden_size_per_layer_input")
                .windowInAllBut(6)
                .rotaryBase(1_000_000)
                .fullHeadDim(fullHeadDim(outline))
                .last(() -> gemma4Shapes(outline))
                .ignoring("vision_tower.")
                .ignoring("embed_vision.")
                .ignoring("audio_tower.")
                .ignoring("embed_audio.");
    }

    private static ConversionOutline gemma4Experts(ConversionOutline outline) {
        return outline.integer("expert_used_count", "top_k_experts")
                .module("router.proj", "ffn_gate_inp")
                .module(
                        "router.scale",
                        (at, tensor) -> at.withSuffix(".scale").put("ffn_gate_inp", tensor))
                .module(
                        "router.per_expert_scale",
                        (at, tensor) -> at.withSuffix(".scale").put("ffn_down_exps", tensor))
                .module("experts.gate_up_proj", "ffn_gate_up_exps")
                .module("experts.down_proj", "ffn_down_exps")
                .module("pre_feedforward_layernorm_2", "pre_ffw_norm_2")
                .module("post_feedforward_layernorm_1", "post_ffw_norm_1")
                .module("post_feedforward_layernorm_2", "post_ffw_norm_2");
    }

    private static long fullHeadDim(ConversionOutline outline) {
        long dim = ofFullLayers(outline, "head_dim", "global_head_dim").orElse(USUAL_FULL_HEAD_DIM);
        return RopeMapping.requireHeadDim(outline.config, dim);
    }

    /// What layers that see everything have otherwise: said for each layer, in older files for all of them.
    private static OptionalLong ofFullLayers(
            ConversionOutline outline, String eachName, String allName) {
        ModelConfig config = outline.config;
        List<String> types = config.strings("layer_types");
        for (int layer = 0; layer < types.size(); layer++) {
            String key = String.valueOf(layer);
            OptionalLong value =
                    types.get(layer).equals("full_attention")
                            ? config.object("per_layer_config")
                                    .flatMap(all -> all.object(key))
                                    .map(one -> one.optionalInteger(eachName))
                                    .orElse(OptionalLong.empty())
                            : OptionalLong.empty();
            if (value.isPresent()) {
                return value;
            }
        }
        return config.optionalInteger(allName);
    }

    /// Sizes that differ from layer to layer.
    private static void gemma4Shapes(ConversionOutline outline) {
        ModelConfig config = outline.config;
        long full = outline.fullHeadDim();
        outline.put("attention.key_length", full)
                .put("attention.value_length", full)
                .put("rope.dimension_count", full)
                .put("attention.key_length_swa", outline.headDim())
                .put("attention.value_length_swa", outline.headDim())
                .put("rope.dimension_count_swa", outline.headDim());
        boolean[] slides = outline.metadata.bools(outline.key("attention.sliding_window_pattern"));
        long kvHeads = config.integer("num_key_value_heads");
        boolean named = config.has("per_layer_config") || config.flag("attention_k_eq_v", false);
        long fullKvHeads =
                named
                        ? ofFullLayers(outline, "num_key_value_heads", "num_global_key_value_heads")
                                .orElse(kvHeads)
                        : kvHeads;
        int[] kvHeadsOf = new int[slides.length];
        int[] widths = new int[slides.length];
        long borrowing = config.optionalInteger("num_kv_shared_layers").orElse(0);
        boolean wide = config.flag("use_double_wide_mlp", false);
        for (int layer = 0; layer < slides.length; layer++) {
            kvHeadsOf[layer] = (int) (slides[layer] ? kvHeads : fullKvHeads);
            long width = config.integer("intermediate_size");
            boolean borrows = layer >= slides.length - borrowing;
            widths[layer] = Math.toIntExact(wide && borrows ? Math.multiplyExact(2, width) : width);
        }
        outline.metadata.put(outline.key("attention.head_count_kv"), kvHeadsOf);
        outline.metadata.put(outline.key("feed_forward_length"), widths);
    }
}
