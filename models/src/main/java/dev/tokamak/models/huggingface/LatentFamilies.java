package dev.tokamak.models.huggingface;

import java.util.List;

/// DeepSeek from version 2 on: keys and values of all heads come from one latent vector.
final class LatentFamilies {

    static final List<HubFamily> ALL =
            List.of(
                    HubFamily.of("deepseek2", LatentFamilies::version2, "DeepseekV2ForCausalLM"),
                    HubFamily.of("deepseek2", LatentFamilies::version3, "DeepseekV3ForCausalLM"));

    private static final long SOFTMAX = 1;
    private static final long SIGMOID = 2;

    private LatentFamilies() {}

    private static ConversionOutline version2(ConversionOutline outline) {
        String method = outline.config.string("topk_method").orElse("greedy");
        ConversionOutline scored = latent(outline).put("expert_gating_func", SOFTMAX);
        // The reference does not normalise, whatever the configuration says.
        outline.metadata.put(outline.key("expert_weights_norm"), false);
        return switch (method) {
            case "greedy" -> scored;
            case "group_limited_greedy" -> grouped(scored);
            default -> throw outline.config.unsupported("topk_method");
        };
    }

    private static ConversionOutline version3(ConversionOutline outline) {
        ConversionOutline scored = grouped(latent(outline).put("expert_gating_func", SIGMOID));
        return outline.config.flag("rope_interleave", true) ? scored : unpaired(scored);
    }

    private static ConversionOutline grouped(ConversionOutline outline) {
        return outline.integer("expert_group_count", "n_group")
                .integer("expert_group_used_count", "topk_group");
    }

    /// Rotary pairs lie half of the rotated part apart.
    private static ConversionOutline unpaired(ConversionOutline outline) {
        long latentDim = outline.config.integer("kv_lora_rank");
        long plainDim = outline.config.integer("qk_nope_head_dim");
        long rotatedDim = outline.config.integer("qk_rope_head_dim");
        return outline.module("self_attn.q_proj", Placement.pairs("attn_q", plainDim, rotatedDim))
                .module("self_attn.q_b_proj", Placement.pairs("attn_q_b", plainDim, rotatedDim))
                .module(
                        "self_attn.kv_a_proj_with_mqa",
                        Placement.pairs("attn_kv_a_mqa", latentDim, rotatedDim));
    }

    private static ConversionOutline latent(ConversionOutline outline) {
        ModelConfig config = outline.config;
        long latentDim = config.integer("kv_lora_rank");
        long plainDim = config.integer("qk_nope_head_dim");
        long rotatedDim = config.integer("qk_rope_head_dim");
        long valueDim = config.integer("v_head_dim");
        return ExpertFamilies.routedAndShared(outline)
                .latentAttention()
                .integer("attention.q_lora_rank", "q_lora_rank")
                .put("attention.head_count_kv", 1)
                .put("attention.kv_lora_rank", latentDim)
                .put("attention.key_length", latentDim + rotatedDim)
                .put("attention.value_length", latentDim)
                .put("attention.key_length_mla", plainDim + rotatedDim)
                .put("attention.value_length_mla", valueDim)
                .module("self_attn.q_a_proj", "attn_q_a")
                .module("self_attn.q_a_layernorm", "attn_q_a_norm")
                .module("self_attn.q_b_proj", "attn_q_b")
                .module("self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa")
                .module("self_attn.kv_a_layernorm", "attn_kv_a_norm")
                .module(
                        "self_attn.kv_b_proj",
                        (at, tensor) -> perHead(at, tensor, plainDim, valueDim));
    }

    /// Splits what makes keys and values of the latent, and turns the part for keys around.
    private static void perHead(
            TensorPlacing at, SourceTensor tensor, long plainDim, long valueDim) {
        long heads = at.outline().headCount();
        long both = plainDim + valueDim;
        List<Long> shape = tensor.shape();
        if (shape.size() != 2 || shape.getFirst() != heads * both) {
            throw at.wrongShape(tensor, "%d rows".formatted(heads * both));
        }
        long columns = tensor.columns();
        SourceTensor keys =
                new ReorderedTensor(
                        tensor,
                        columns,
                        List.of(heads, plainDim, columns),
                        row -> row / plainDim * both + row % plainDim);
        at.put("attn_k_b", TransposedTensor.of(keys));
        at.put(
                "attn_v_b",
                new ReorderedTensor(
                        tensor,
                        columns,
                        List.of(heads, valueDim, columns),
                        row -> row / valueDim * both + plainDim + row % valueDim));
    }
}
