package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Puts the numbers of a configuration under GGUF's keys. Confined to one thread.
final class ConfigMapping {

    private static final List<String> CHANGING_RESULTS =
            List.of("clip_qkv", "query_scaling_factor", "attention_chunk_size", "alibi");

    private static final Map<String, String> ACTIVATIONS =
            Map.ofEntries(
                    Map.entry("silu", "silu"),
                    Map.entry("swish", "silu"),
                    Map.entry("gelu", "gelu"),
                    Map.entry("gelu_python", "gelu"),
                    Map.entry("gelu_new", "gelu_tanh"),
                    Map.entry("gelu_fast", "gelu_tanh"),
                    Map.entry("gelu_pytorch_tanh", "gelu_tanh"),
                    Map.entry("relu", "relu"),
                    Map.entry("relu2", "relu_squared"),
                    Map.entry("sigmoid", "sigmoid"));

    private final ConversionOutline outline;
    private final ModelConfig config;

    private ConfigMapping(ConversionOutline outline) {
        this.outline = outline;
        this.config = outline.config;
    }

    static void map(ConversionOutline outline) {
        ConfigMapping mapping = new ConfigMapping(outline);
        mapping.requireKnown();
        mapping.shape();
        mapping.experts();
        if (!outline.isWindowNamed()) {
            WindowMapping.map(outline);
        }
        new RopeMapping(outline).map();
        outline.last().forEach(Runnable::run);
    }

    private void requireKnown() {
        CHANGING_RESULTS.forEach(
                name -> {
                    if (config.has(name) && !config.node().path(name).isBoolean()) {
                        outline.refuse(name);
                    }
                });
        if (!outline.isBidirectional()) {
            // Images only are seen in both directions then.
            if (!config.node().path("use_bidirectional_attention").asString("").equals("vision")) {
                outline.requireFlag("use_bidirectional_attention", false);
            }
            outline.requireFlag("is_causal", true);
        }
        String[] names = {"hidden_activation", "hidden_act", "activation_function"};
        for (String name : names) {
            if (config.has(name)) {
                String said = config.string(name).orElse("");
                if (!outline.activations().contains(said)) {
                    String activation = ACTIVATIONS.get(said);
                    if (activation == null) {
                        throw config.unsupported(name);
                    }
                    outline.metadata.put(outline.key("feed_forward_activation"), activation);
                }
                return;
            }
        }
    }

    private void shape() {
        if (outline.headDim() == 0) {
            throw config.faults().corrupt("'num_attention_heads' and 'hidden_size' give no heads");
        }
        outline.metadata.put("general.architecture", outline.architecture);
        outline.put("block_count", outline.layerCount())
                .put("context_length", outline.contextTokens())
                .put("embedding_length", outline.hidden())
                .integer("feed_forward_length", "intermediate_size", "n_inner")
                .put("attention.head_count", outline.headCount())
                .decimal("attention.layer_norm_rms_epsilon", "rms_norm_eps", "norm_eps")
                .decimal(
                        "attention.layer_norm_epsilon",
                        "layer_norm_eps",
                        "layer_norm_epsilon",
                        "norm_epsilon",
                        "norm_eps")
                .integer("vocab_size", "vocab_size");
        if (!outline.isLatent()) {
            OptionalLong kvHeads = config.optionalInteger("num_key_value_heads", "n_head_kv");
            outline.put("attention.head_count_kv", kvHeads.orElse(outline.headCount()))
                    .put("attention.key_length", outline.headDim())
                    .put("attention.value_length", outline.headDim());
        }
    }

    private void experts() {
        outline.integer(
                        "expert_count",
                        "num_local_experts",
                        "num_experts",
                        "n_routed_experts",
                        "moe_num_experts")
                .integer("expert_used_count", "num_experts_per_tok", "moe_k")
                .integer("expert_feed_forward_length", "moe_intermediate_size");
    }
}
