package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.function.LongUnaryOperator;

/// Kin of Llama whose tensors have names of their own.
final class RenamedFamilies {

    static final List<HubFamily> ALL =
            List.of(
                    HubFamily.of("internlm2", RenamedFamilies::internLm2, "InternLM2ForCausalLM"),
                    HubFamily.of("exaone", RenamedFamilies::exaone, "ExaoneForCausalLM"));

    private RenamedFamilies() {}

    private static ConversionOutline internLm2(ConversionOutline outline) {
        return outline.seesEverything()
                .module("attention_norm", "attn_norm")
                .module("ffn_norm", "ffn_norm")
                .module("attention.wqkv", RenamedFamilies::grouped)
                .module("attention.wo", "attn_output")
                .module("feed_forward.w1", "ffn_gate")
                .module("feed_forward.w2", "ffn_down")
                .module("feed_forward.w3", "ffn_up")
                .end("tok_embeddings", "token_embd")
                .end("output", "output");
    }

    /// Each key head follows the query heads that share it, and its value head follows it; rotary pairs are moved side by
    /// side.
    private static void grouped(TensorPlacing at, SourceTensor tensor) {
        ConversionOutline outline = at.outline();
        long dim = outline.headDim();
        long heads = outline.headCount();
        long kvHeads = outline.config.optionalInteger("num_key_value_heads").orElse(heads);
        long rows = (heads + 2 * kvHeads) * dim;
        boolean fits = kvHeads > 0 && heads % kvHeads == 0 && dim % 2 == 0;
        if (!fits || tensor.shape().isEmpty() || tensor.shape().getFirst() != rows) {
            throw at.wrongShape(tensor, "%d rows".formatted(rows));
        }
        long share = heads / kvHeads;
        put(
                at,
                "attn_q",
                tensor,
                heads * dim,
                row -> {
                    long head = row / dim;
                    return paired(row, dim, (head / share * (share + 2) + head % share) * dim);
                });
        put(
                at,
                "attn_k",
                tensor,
                kvHeads * dim,
                row -> paired(row, dim, (row / dim * (share + 2) + share) * dim));
        put(
                at,
                "attn_v",
                tensor,
                kvHeads * dim,
                row -> (row / dim * (share + 2) + share + 1) * dim + row % dim);
    }

    /// The source of a row of a head that begins there.
    private static long paired(long row, long dim, long first) {
        return first + Placement.unpaired(row % dim, 0, dim);
    }

    private static void put(
            TensorPlacing at,
            String module,
            SourceTensor tensor,
            long rows,
            LongUnaryOperator source) {
        boolean vector = tensor.shape().size() == 1;
        List<Long> shape = vector ? List.of(rows) : List.of(rows, tensor.columns());
        at.put(module, new ReorderedTensor(tensor, vector ? 1 : tensor.columns(), shape, source));
    }

    private static ConversionOutline exaone(ConversionOutline outline) {
        return outline.seesEverything()
                .decimal("attention.layer_norm_rms_epsilon", "layer_norm_epsilon")
                .module("ln_1", "attn_norm")
                .module("attn.attention.q_proj", "attn_q")
                .module("attn.attention.k_proj", "attn_k")
                .module("attn.attention.v_proj", "attn_v")
                .module("attn.attention.out_proj", "attn_output")
                .module("ln_2", "ffn_norm")
                .module("mlp.c_fc_0", "ffn_gate")
                .module("mlp.c_fc_1", "ffn_up")
                .module("mlp.c_proj", "ffn_down")
                .end("wte", "token_embd")
                .end("ln_f", "output_norm");
    }
}
