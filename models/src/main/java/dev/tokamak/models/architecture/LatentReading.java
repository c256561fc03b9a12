package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RopeFrequencies.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Takes the tensors of latent attention from the file. Confined to one thread.
record LatentReading(DecoderOutline outline, LayerReading reading) {

    AttentionTensors.Latent attention(int layer) {
        Hyperparameters hyperparameters = outline.hyperparameters;
        String prefix = "blk." + layer + ".";
        int hidden = outline.shape.hidden();
        int heads = hyperparameters.count("attention.head_count", Hyperparameters.MAXIMUM_HEADS);
        int latentDim =
                hyperparameters.count("attention.kv_lora_rank", Hyperparameters.MAXIMUM_WIDTH);
        int keyDim =
                hyperparameters.count("attention.key_length_mla", Hyperparameters.MAXIMUM_HEAD_DIM);
        int valueDim =
                hyperparameters.count(
                        "attention.value_length_mla", Hyperparameters.MAXIMUM_HEAD_DIM);
        int rotatedDim = hyperparameters.count("rope.dimension_count", keyDim - 1);
        int plainDim = keyDim - rotatedDim;
        double scale = RopeFrequencies.latentScoreFactor(hyperparameters) / Math.sqrt(keyDim);
        return new AttentionTensors.Latent(
                new HeadShape(heads, 1, latentDim + rotatedDim, latentDim),
                new AttentionRule((float) scale),
                query(prefix, hidden, heads * keyDim, plainDim),
                reading.linear(
                        prefix + "attn_kv_a_mqa",
                        latentDim + rotatedDim,
                        hidden,
                        Presence.OPTIONAL),
                reading.norm(prefix + "attn_kv_a_norm", latentDim, Presence.REQUIRED).orElseThrow(),
                new AttentionTensors.LatentHeads(
                        perHead(prefix + "attn_k_b.weight", heads, latentDim, plainDim),
                        perHead(prefix + "attn_v_b.weight", heads, valueDim, latentDim)),
                RopeFrequencies.of(
                        hyperparameters,
                        outline.pairing,
                        rotatedDim,
                        outline.shape.contextTokens(),
                        outline.divisors(rotatedDim),
                        Variant.LATENT),
                reading.linear(
                        prefix + "attn_output", hidden, heads * valueDim, Presence.OPTIONAL));
    }

    private AttentionTensors.LatentQuery query(String prefix, int hidden, int rows, int plainDim) {
        if (outline.tensors.contains(prefix + "attn_q.weight")) {
            return new AttentionTensors.LatentQuery(
                    Optional.empty(),
                    Optional.empty(),
                    reading.linear(prefix + "attn_q", rows, hidden, Presence.OPTIONAL),
                    plainDim);
        }
        int width =
                outline.hyperparameters.count(
                        "attention.q_lora_rank", Hyperparameters.MAXIMUM_WIDTH);
        return new AttentionTensors.LatentQuery(
                Optional.of(reading.linear(prefix + "attn_q_a", width, hidden, Presence.OPTIONAL)),
                reading.norm(prefix + "attn_q_a_norm", width, Presence.REQUIRED),
                reading.linear(prefix + "attn_q_b", rows, width, Presence.OPTIONAL),
                plainDim);
    }

    private List<MatrixTensor> perHead(String name, int heads, int rows, int columns) {
        MatrixTensor all = outline.tensors.stack(name, heads, rows, columns);
        List<MatrixTensor> matrices = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            matrices.add(all.rows((long) head * rows, rows));
        }
        return matrices;
    }
}
