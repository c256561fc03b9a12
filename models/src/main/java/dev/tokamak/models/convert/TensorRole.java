package dev.tokamak.models.convert;

/// What a tensor does in a network, as far as its type depends on it. Immutable.
enum TensorRole {
    EMBEDDING,
    HEAD,
    /// Also fused query, key and value, and the second half of a compressed cache.
    ATTENTION_VALUE,
    ATTENTION_KEY,
    ATTENTION_QUERY,
    ATTENTION_OUTPUT,
    FEED_FORWARD_DOWN,
    OTHER;

    static TensorRole of(String name) {
        if (name.equals("output.weight")) {
            return HEAD;
        }
        if (name.equals("token_embd.weight") || name.equals("per_layer_token_embd.weight")) {
            return EMBEDDING;
        }
        if (name.contains("attn_qkv.weight")
                || name.contains("attn_kv_b.weight")
                || name.contains("attn_v.weight")) {
            return ATTENTION_VALUE;
        }
        if (name.contains("attn_k.weight")) {
            return ATTENTION_KEY;
        }
        if (name.contains("attn_q.weight")) {
            return ATTENTION_QUERY;
        }
        if (name.contains("attn_output.weight")) {
            return ATTENTION_OUTPUT;
        }
        return name.contains("ffn_down") ? FEED_FORWARD_DOWN : OTHER;
    }
}
