package dev.tokamak.models.huggingface;

import java.util.List;

/// Families whose feed-forward blocks are experts, of which each token uses some.
final class ExpertFamilies {

    static final List<HubFamily> ALL =
            List.of(
                    HubFamily.of("llama", ExpertFamilies::mixtral, "MixtralForCausalLM"),
                    HubFamily.of("qwen2moe", ExpertFamilies::qwen2, "Qwen2MoeForCausalLM"),
                    HubFamily.of("qwen3moe", ExpertFamilies::qwen3, "Qwen3MoeForCausalLM"),
                    HubFamily.of(
                            "qwen3vlmoe",
                            ExpertFamilies::qwenSeeing,
                            "Qwen3VLMoeForConditionalGeneration"),
                    HubFamily.of("dots1", ExpertFamilies::dots, "Dots1ForCausalLM"),
                    HubFamily.of("afmoe", ExpertFamilies::trinity, "AfmoeForCausalLM"),
                    HubFamily.of("minimax-m2", ExpertFamilies::miniMax, "MiniMaxM2ForCausalLM"),
                    HubFamily.of("olmoe", ExpertFamilies::olmoe, "OlmoeForCausalLM"),
                    HubFamily.of(
                            "granitemoe",
                            ExpertFamilies::granite,
                            "GraniteMoeForCausalLM",
                            "GraniteMoeSharedForCausalLM"),
                    HubFamily.of("ernie4_5-moe", ExpertFamilies::ernie, "Ernie4_5_MoeForCausalLM"),
                    HubFamily.of("deepseek", ExpertFamilies::deepSeek, "DeepseekForCausalLM"),
                    HubFamily.of("glm4moe", ExpertFamilies::glm4, "Glm4MoeForCausalLM"),
                    HubFamily.of("gpt-oss", ExpertFamilies::gptOss, "GptOssForCausalLM"));

    private ExpertFamilies() {}

    private static ConversionOutline mixtral(ConversionOutline outline) {
        return outline.pairsSideBySide()
                .windowInAllLayers()
                .rotaryBase(1_000_000)
                .module("block_sparse_moe.gate", "ffn_gate_inp")
                .module("block_sparse_moe.experts.*.w1", "ffn_gate_exps")
                .module("block_sparse_moe.experts.*.w2", "ffn_down_exps")
                .module("block_sparse_moe.experts.*.w3", "ffn_up_exps");
    }

    private static ConversionOutline normalisedOrNot(ConversionOutline outline) {
        if (outline.config.has("norm_topk_prob")) {
            outline.metadata.put(
                    outline.key("expert_weights_norm"),
                    outline.config.flag("norm_topk_prob", true));
        }
        return outline;
    }

    private static ConversionOutline olmoe(ConversionOutline outline) {
        return normalisedOrNot(outline).seesEverything();
    }

    /// Every second of the first layers sees the window, if it is to be used.
    private static ConversionOutline qwen2(ConversionOutline outline) {
        long end = outline.config.optionalInteger("max_window_layers").orElse(0);
        return normalisedOrNot(outline)
                .windowIn(layer -> layer % 2 == 0 && layer < end)
                .integer("expert_shared_feed_forward_length", "shared_expert_intermediate_size")
                .module("mlp.shared_expert.gate_proj", "ffn_gate_shexp")
                .module("mlp.shared_expert.up_proj", "ffn_up_shexp")
                .module("mlp.shared_expert.down_proj", "ffn_down_shexp")
                .module("mlp.shared_expert_gate", "ffn_gate_inp_shexp");
    }

    private static ConversionOutline qwen3(ConversionOutline outline) {
        return normalisedOrNot(outline).windowInAllLayers();
    }

    private static ConversionOutline ernie(ConversionOutline outline) {
        long shared = outline.config.optionalInteger("moe_num_shared_experts").orElse(0);
        if (shared > 0) {
            long width = outline.config.integer("moe_intermediate_size");
            outline.put("expert_shared_feed_forward_length", shared * width);
        }
        return outline.seesEverything()
                .rotaryBase(500_000)
                .integer("interleave_moe_layer_step", "moe_layer_interval")
                .integer("leading_dense_block_count", "moe_layer_start_index")
                .integer("expert_shared_count", "moe_num_shared_experts")
                .module("mlp.shared_experts.gate_proj", "ffn_gate_shexp")
                .module("mlp.shared_experts.up_proj", "ffn_up_shexp")
                .module("mlp.shared_experts.down_proj", "ffn_down_shexp")
                .module(
                        "mlp.moe_statics.e_score_correction_bias",
                        (at, tensor) ->
                                at.withSuffix(".bias").put("exp_probs_b", flattened(tensor)))
                .ignoring("mtp_");
    }

    private static SourceTensor flattened(SourceTensor tensor) {
        return new ReorderedTensor(tensor, 1, List.of(tensor.elements()), row -> row);
    }

    /// Published stacks of experts are stored by input, those that newer programs write by output.
    private static ConversionOutline qwenSeeing(ConversionOutline outline) {
        long width = outline.config.integer("moe_intermediate_size");
        return PlainFamilies.seeing(qwen3(outline))
                .module(
                        "mlp.experts.gate_up_proj",
                        (at, tensor) -> halves(at, byOutput(at, tensor, outline.hidden())))
                .module(
                        "mlp.experts.down_proj",
                        (at, tensor) -> at.put("ffn_down_exps", byOutput(at, tensor, width)));
    }

    private static SourceTensor byOutput(TensorPlacing at, SourceTensor tensor, long columns) {
        return tensor.columns() == columns ? tensor : transposed(at, tensor);
    }

    /// Each expert's gate stands before its upward projection.
    private static void halves(TensorPlacing at, SourceTensor tensor) {
        List<Long> half = halfOf(at, tensor);
        long width = half.get(1);
        long columns = tensor.columns();
        at.put(
                "ffn_gate_exps",
                new ReorderedTensor(tensor, columns, half, row -> row + row / width * width));
        at.put(
                "ffn_up_exps",
                new ReorderedTensor(tensor, columns, half, row -> row + (row / width + 1) * width));
    }

    private static ConversionOutline dots(ConversionOutline outline) {
        return routedAndShared(outline)
                .put("expert_gating_func", 2L)
                .integer("expert_group_count", "n_group")
                .integer("expert_group_used_count", "topk_group");
    }

    private static ConversionOutline trinity(ConversionOutline outline) {
        ModelConfig config = outline.config;
        if (!config.flag("mup_enabled", false)) {
            throw config.unsupported("mup_enabled");
        }
        if (!config.string("score_func").orElse("sigmoid").equals("sigmoid")) {
            throw config.unsupported("score_func");
        }
        outline.metadata.put(outline.key("expert_weights_norm"), config.flag("route_norm", true));
        return routedAndShared(outline)
                .put("expert_gating_func", 2L)
                .requireInteger("n_group", 1)
                .requireInteger("num_expert_groups", 1)
                .integer("leading_dense_block_count", "num_dense_layers")
                .integer("expert_shared_count", "num_shared_experts")
                .decimal("expert_weights_scale", "route_scale")
                .module("self_attn.gate_proj", "attn_gate")
                .module("post_attention_layernorm", "post_attention_norm")
                .module("pre_mlp_layernorm", "ffn_norm")
                .module("post_mlp_layernorm", "post_ffw_norm")
                .module("mlp.router.gate", "ffn_gate_inp")
                .module(
                        "mlp.expert_bias",
                        (at, tensor) -> at.withSuffix(".bias").put("exp_probs_b", tensor))
                .windowInAllBut(4);
    }

    private static ConversionOutline miniMax(ConversionOutline outline) {
        return mixtral(outline)
                .module("self_attn.q_proj", "attn_q")
                .module("self_attn.k_proj", "attn_k")
                .module(
                        "block_sparse_moe.e_score_correction_bias",
                        (at, tensor) -> at.withSuffix(".bias").put("exp_probs_b", tensor))
                .put("expert_gating_func", 2L)
                .integer("expert_feed_forward_length", "intermediate_size")
                .rotaryBase(5_000_000)
                .last(() -> outline.integer("rope.dimension_count", "rotary_dim"));
    }

    private static ConversionOutline granite(ConversionOutline outline) {
        return PlainFamilies.granite(outline)
                .module("shared_mlp.input_linear", "ffn_up_shexp")
                .module("shared_mlp.output_linear", "ffn_down_shexp")
                .integer("expert_shared_feed_forward_length", "shared_intermediate_size")
                .module("block_sparse_moe.router.layer", "ffn_gate_inp")
                .module("block_sparse_moe.input_linear", "ffn_gate_up_exps")
                .module("block_sparse_moe.output_linear", "ffn_down_exps");
    }

    /// Experts chosen as DeepSeek does, with shared ones that every token uses, after layers without experts.
    static ConversionOutline routedAndShared(ConversionOutline outline) {
        return normalisedOrNot(outline)
                .seesEverything()
                .requireInteger("moe_layer_freq", 1)
                .integer("leading_dense_block_count", "first_k_dense_replace")
                .integer("expert_shared_count", "n_shared_experts")
                .decimal("expert_weights_scale", "routed_scaling_factor")
                .module("mlp.shared_experts.gate_proj", "ffn_gate_shexp")
                .module("mlp.shared_experts.up_proj", "ffn_up_shexp")
                .module("mlp.shared_experts.down_proj", "ffn_down_shexp")
                .module(
                        "mlp.gate.e_score_correction_bias",
                        (at, tensor) -> at.withSuffix(".bias").put("exp_probs_b", tensor));
    }

    private static ConversionOutline deepSeek(ConversionOutline outline) {
        return routedAndShared(outline).pairsSideBySide();
    }

    private static ConversionOutline glm4(ConversionOutline outline) {
        return routedAndShared(outline)
                .put("expert_gating_func", 2L)
                .integer("expert_group_count", "n_group")
                .integer("expert_group_used_count", "topk_group")
                .rotatedShare(0.5)
                .module("post_attention_layernorm", "post_attention_norm");
    }

    /// Gate and upward projection are interleaved; plain weights are stored by input, packed ones by output.
    private static ConversionOutline gptOss(ConversionOutline outline) {
        return outline.windowInAllBut(2)
                .rotaryBase(150_000)
                .integer("expert_feed_forward_length", "intermediate_size")
                .module("self_attn.sinks", "attn_sinks")
                .module("post_attention_layernorm", "post_attention_norm")
                .module("mlp.router", "ffn_gate_inp")
                .module(
                        "mlp.experts.gate_up_proj",
                        (at, tensor) -> interleaved(at, transposed(at, tensor)))
                .module("mlp.experts.gate_up_proj_packed", ExpertFamilies::interleaved)
                .module(
                        "mlp.experts.gate_up_proj_bias",
                        (at, tensor) -> interleavedBiases(at.withSuffix(".bias"), tensor))
                .module(
                        "mlp.experts.down_proj",
                        (at, tensor) -> at.put("ffn_down_exps", transposed(at, tensor)))
                .module("mlp.experts.down_proj_packed", "ffn_down_exps")
                .module(
                        "mlp.experts.down_proj_bias",
                        (at, tensor) -> at.withSuffix(".bias").put("ffn_down_exps", tensor));
    }

    private static SourceTensor transposed(TensorPlacing at, SourceTensor tensor) {
        if (tensor.shape().size() != 3) {
            throw at.wrongShape(tensor, "three dimensions");
        }
        return TransposedTensor.of(tensor);
    }

    private static void interleaved(TensorPlacing at, SourceTensor tensor) {
        List<Long> half = halfOf(at, tensor);
        long columns = tensor.columns();
        at.put("ffn_gate_exps", new ReorderedTensor(tensor, columns, half, row -> 2 * row));
        at.put("ffn_up_exps", new ReorderedTensor(tensor, columns, half, row -> 2 * row + 1));
    }

    private static List<Long> halfOf(TensorPlacing at, SourceTensor tensor) {
        List<Long> shape = tensor.shape();
        if (shape.size() != 3 || shape.get(1) % 2 != 0) {
            throw at.wrongShape(tensor, "experts, an even number of rows, and columns");
        }
        return List.of(shape.get(0), shape.get(1) / 2, shape.get(2));
    }

    private static void interleavedBiases(TensorPlacing at, SourceTensor tensor) {
        List<Long> shape = tensor.shape();
        if (shape.size() != 2 || shape.get(1) % 2 != 0) {
            throw at.wrongShape(tensor, "experts and an even number of elements");
        }
        List<Long> half = List.of(shape.get(0), shape.get(1) / 2);
        at.put("ffn_gate_exps", new ReorderedTensor(tensor, 1, half, row -> 2 * row));
        at.put("ffn_up_exps", new ReorderedTensor(tensor, 1, half, row -> 2 * row + 1));
    }
}
