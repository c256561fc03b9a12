package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.Set;

/// Families with one feed-forward block in each layer.
final class PlainFamilies {

    static final List<HubFamily> ALL =
            List.of(
                    HubFamily.of(
                            "llama",
                            PlainFamilies::llama,
                            "LlamaForCausalLM",
                            "InternLM3ForCausalLM"),
                    HubFamily.of("llama", PlainFamilies::mistral, "MistralForCausalLM"),
                    HubFamily.of("smollm3", PlainFamilies::smolLm3, "SmolLM3ForCausalLM"),
                    HubFamily.of(
                            "mistral3",
                            PlainFamilies::mistral3,
                            "Ministral3ForCausalLM",
                            "Mistral3ForConditionalGeneration"),
                    HubFamily.of("arcee", PlainFamilies::arcee, "ArceeForCausalLM"),
                    HubFamily.of("nemotron", PlainFamilies::nemotron, "NemotronForCausalLM"),
                    HubFamily.of(
                            "jais2", outline -> outline.activations("relu2"), "Jais2ForCausalLM"),
                    HubFamily.of("olmo", PlainFamilies::olmo, "OlmoForCausalLM"),
                    HubFamily.of(
                            "hunyuan-dense", PlainFamilies::hunyuan, "HunYuanDenseV1ForCausalLM"),
                    HubFamily.of(
                            "qwen2vl",
                            PlainFamilies::seeing,
                            "Qwen2VLForConditionalGeneration",
                            "Qwen2_5_VLForConditionalGeneration"),
                    HubFamily.of(
                            "qwen3vl", PlainFamilies::seeing, "Qwen3VLForConditionalGeneration"),
                    HubFamily.of("granite", PlainFamilies::granite, "GraniteForCausalLM"),
                    HubFamily.of("minicpm", PlainFamilies::miniCpm, "MiniCPMForCausalLM"),
                    HubFamily.of(
                            "ernie4_5",
                            outline -> outline.seesEverything().rotaryBase(500_000),
                            "Ernie4_5ForCausalLM",
                            "Ernie4_5_ForCausalLM"),
                    HubFamily.of("exaone4", PlainFamilies::exaone4, "Exaone4ForCausalLM"),
                    HubFamily.of("seed_oss", PlainFamilies::seedOss, "SeedOssForCausalLM"),
                    HubFamily.of(
                            "qwen2",
                            PlainFamilies::qwen,
                            "Qwen2ForCausalLM",
                            "Qwen2Model",
                            "Qwen2ForSequenceClassification"),
                    HubFamily.of(
                            "qwen3",
                            PlainFamilies::qwen,
                            "Qwen3ForCausalLM",
                            "Qwen3Model",
                            "Qwen3ForSequenceClassification"),
                    HubFamily.of("phi2", PlainFamilies::phi2, "PhiForCausalLM"),
                    HubFamily.of("phi3", ConversionOutline::windowInAllLayers, "Phi3ForCausalLM"),
                    HubFamily.of("olmo2", PlainFamilies::olmo2, "Olmo2ForCausalLM"),
                    HubFamily.of("olmo2", PlainFamilies::olmo3, "Olmo3ForCausalLM"),
                    HubFamily.of("command-r", PlainFamilies::commandR, "CohereForCausalLM"),
                    HubFamily.of("cohere2", PlainFamilies::cohere2, "Cohere2ForCausalLM"),
                    HubFamily.of("chatglm", PlainFamilies::glm, "GlmForCausalLM"),
                    HubFamily.of("glm4", PlainFamilies::glm4, "Glm4ForCausalLM"),
                    HubFamily.of("starcoder2", PlainFamilies::starCoder2, "Starcoder2ForCausalLM"),
                    HubFamily.of(
                            "stablelm",
                            PlainFamilies::stableLm,
                            "StableLmForCausalLM",
                            "StableLMEpochForCausalLM"));

    private static final Set<String> MISTRALS = Set.of("mistral", "mistral3", "ministral3");

    private PlainFamilies() {}

    /// Without a language model's head where the class is a bare network or one that makes scores.
    private static ConversionOutline scoring(ConversionOutline outline) {
        boolean generates =
                outline.config.strings("architectures").stream()
                        .anyMatch(name -> name.endsWith("ForCausalLM"));
        if (generates) {
            return outline;
        }
        return EncoderFamilies.ranking(outline.headless()).end("score", "cls.output");
    }

    private static ConversionOutline llama(ConversionOutline outline) {
        return outline.pairsSideBySide().seesEverything().rotatesWholeHeads();
    }

    private static ConversionOutline mistral(ConversionOutline outline) {
        return outline.pairsSideBySide().windowInAllLayers().rotatesWholeHeads();
    }

    /// The part for texts of a model that reads images too, of the third generation or a plain one before.
    private static ConversionOutline mistral3(ConversionOutline outline) {
        String kind = outline.config.string("model_type").orElse("");
        if (!MISTRALS.contains(kind)) {
            throw outline.config.unsupported("model_type");
        }
        outline.config
                .object("rope_parameters")
                .ifPresent(
                        rope ->
                                rope.decimal("llama_4_scaling_beta")
                                        .ifPresent(
                                                beta ->
                                                        outline.put(
                                                                "attention.temperature_scale",
                                                                beta)));
        return mistral(outline).ignoring("vision_tower.").ignoring("multi_modal_projector.");
    }

    private static ConversionOutline nemotron(ConversionOutline outline) {
        return outline.normsAboveOne().activations("relu2").rotatedShare(0.5);
    }

    /// Its norms have no weights, and an epsilon that is not in the configuration.
    private static ConversionOutline olmo(ConversionOutline outline) {
        return outline.pairsSideBySide().put("attention.layer_norm_epsilon", 1e-5);
    }

    private static ConversionOutline hunyuan(ConversionOutline outline) {
        return outline.module("self_attn.query_layernorm", "attn_q_norm")
                .module("self_attn.key_layernorm", "attn_k_norm");
    }

    /// The text side of a model that sees.
    static ConversionOutline seeing(ConversionOutline outline) {
        return outline.positionsOfText().ignoring("visual.");
    }

    private static ConversionOutline arcee(ConversionOutline outline) {
        return llama(outline).activations("relu2");
    }

    /// Layers from a certain one on see the window, if it is to be used.
    private static ConversionOutline qwen(ConversionOutline outline) {
        long first = outline.config.optionalInteger("max_window_layers").orElse(0);
        return scoring(outline).windowIn(layer -> layer >= first).rotatesWholeHeads();
    }

    /// Every fourth layer does not rotate, which the architecture takes for granted; those see the window, if it is to be
    /// used.
    private static ConversionOutline smolLm3(ConversionOutline outline) {
        boolean[] rotates = RotatedLayers.of(outline);
        if (!RotatedLayers.isUsual(rotates)) {
            outline.metadata.put(outline.key("rope.rotated_layers"), rotates);
        }
        return outline.pairsSideBySide().windowIn(layer -> !rotates[layer]).rotaryBase(2_000_000);
    }

    static ConversionOutline granite(ConversionOutline outline) {
        return outline.pairsSideBySide()
                .seesEverything()
                .decimal("attention.scale", "attention_multiplier")
                .decimal("embedding_scale", "embedding_multiplier")
                .decimal("residual_scale", "residual_multiplier")
                .decimal("logit_scale", "logits_scaling");
    }

    private static ConversionOutline miniCpm(ConversionOutline outline) {
        ModelConfig config = outline.config;
        double depth = config.decimal("scale_depth").orElse(1);
        double base = config.decimal("dim_model_base").orElse(1);
        return outline.pairsSideBySide()
                .seesEverything()
                .put("embedding_scale", config.decimal("scale_emb").orElse(1))
                .put("residual_scale", depth / Math.sqrt(outline.layerCount()))
                .put("logit_scale", (double) outline.hidden() / base);
    }

    private static ConversionOutline exaone4(ConversionOutline outline) {
        return outline.module("post_attention_layernorm", "post_attention_norm")
                .module("post_feedforward_layernorm", "post_ffw_norm")
                .windowInAllBut(4);
    }

    private static ConversionOutline seedOss(ConversionOutline outline) {
        return outline.seesEverything().module("post_attention_layernorm", "post_attention_norm");
    }

    private static ConversionOutline phi2(ConversionOutline outline) {
        return outline.activations("gelu_new", "gelu_pytorch_tanh")
                .seesEverything()
                .rotatedShare(0.5)
                .requireFlag("qk_layernorm", false)
                .module("self_attn.dense", "attn_output")
                .module("mlp.fc1", "ffn_up")
                .module("mlp.fc2", "ffn_down")
                .end("final_layernorm", "output_norm");
    }

    private static ConversionOutline olmo2(ConversionOutline outline) {
        return outline.module("post_attention_layernorm", "post_attention_norm")
                .module("post_feedforward_layernorm", "post_ffw_norm")
                .seesEverything();
    }

    private static ConversionOutline olmo3(ConversionOutline outline) {
        return olmo2(outline).windowInAllBut(4);
    }

    private static ConversionOutline commandR(ConversionOutline outline) {
        return outline.seesEverything().decimal("logit_scale", "logit_scale");
    }

    private static ConversionOutline cohere2(ConversionOutline outline) {
        return commandR(outline).windowInAllBut(4);
    }

    private static ConversionOutline glm(ConversionOutline outline) {
        return outline.seesEverything().rotatedShare(0.5);
    }

    private static ConversionOutline glm4(ConversionOutline outline) {
        return glm(outline)
                .module("post_self_attn_layernorm", "post_attention_norm")
                .module("post_mlp_layernorm", "post_ffw_norm");
    }

    private static ConversionOutline starCoder2(ConversionOutline outline) {
        return outline.activations("gelu_pytorch_tanh", "gelu_new")
                .module("mlp.c_fc", "ffn_up")
                .module("mlp.c_proj", "ffn_down")
                .windowInAllLayers();
    }

    private static ConversionOutline stableLm(ConversionOutline outline) {
        return outline.seesEverything()
                .rotatedShare(0.25)
                .module("self_attn.q_layernorm.norms.*", "attn_q_norm")
                .module("self_attn.k_layernorm.norms.*", "attn_k_norm");
    }
}
