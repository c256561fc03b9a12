package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.AttentionBlock.HeadNorms.Span;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.RopeFrequencies.Variant;
import dev.tokamak.models.gguf.ModelFile;
import java.util.Optional;

/// Takes the tensors of attention with grouped KV heads from the file as an outline wants them. Confined to one thread.
record AttentionReading(DecoderOutline outline, LayerReading reading) {

    AttentionTensors.Grouped attention(int layer) {
        String prefix = "blk." + layer + ".";
        int hidden = outline.shape.hidden();
        HeadShape heads =
                new ShapeReading(outline.hyperparameters, outline.tensors).heads(layer, hidden);
        boolean slides = outline.slides.test(layer);
        AttentionRule rule =
                new AttentionRule(
                        scale(heads),
                        outline.attentionSoftcap,
                        slides ? outline.windowTokens : Integer.MAX_VALUE,
                        outline.bidirectional);
        return new AttentionTensors.Grouped(
                heads,
                rule,
                queryKeyValue(prefix, heads, hidden),
                headNorms(prefix, heads),
                outline.rotates.test(layer)
                        ? Optional.of(rope(heads.keyDim(), slides))
                        : Optional.empty(),
                reading.vector(prefix + "attn_sinks.weight", heads.queries(), outline.sinks),
                reading.linear(
                        prefix + "attn_output", hidden, heads.outputColumns(), Presence.OPTIONAL));
    }

    private float scale(HeadShape heads) {
        double usual = outline.attentionScale.orElse(1 / Math.sqrt(heads.keyDim()));
        double named = outline.hyperparameters.arithmetic("attention.scale", 0);
        return (float) (named == 0 ? usual : named);
    }

    private AttentionTensors.QueryKeyValue queryKeyValue(
            String prefix, HeadShape heads, int hidden) {
        int query = heads.queryRows();
        int key = heads.keyRows();
        int value = heads.valueRows();
        Presence bias = outline.queryKeyValueBias;
        if (!outline.tensors.contains(prefix + "attn_qkv.weight")) {
            return new AttentionTensors.QueryKeyValue(
                    reading.linear(prefix + "attn_q", query, hidden, bias),
                    reading.linear(prefix + "attn_k", key, hidden, bias),
                    reading.linear(prefix + "attn_v", value, hidden, bias));
        }
        int rows = Math.addExact(query, Math.addExact(key, value));
        LinearTensors all = reading.linear(prefix + "attn_qkv", rows, hidden, bias);
        return new AttentionTensors.QueryKeyValue(
                all.rows(0, query), all.rows(query, key), all.rows(query + key, value));
    }

    /// Norms as long as one head, or a matrix of them, are taken of each head; a vector as long as all heads, of all.
    private AttentionTensors.HeadNorms headNorms(String prefix, HeadShape heads) {
        String query = prefix + "attn_q_norm";
        String key = prefix + "attn_k_norm";
        boolean present = outline.tensors.contains(query + ".weight");
        boolean all =
                present
                        && outline.tensors.isVector(query + ".weight")
                        && outline.tensors.length(query + ".weight") != heads.keyDim();
        return new AttentionTensors.HeadNorms(
                all ? Span.ALL_HEADS : Span.HEAD,
                headNorm(query, heads.keyDim(), heads.queries()),
                headNorm(key, heads.keyDim(), heads.keyValues()));
    }

    private Optional<NormTensors> headNorm(String name, int headDim, int heads) {
        String weight = name + ".weight";
        boolean one =
                !outline.tensors.contains(weight) || outline.tensors.length(weight) == headDim;
        if (one) {
            return reading.norm(name, headDim, outline.headNorms);
        }
        return outline.tensors.isVector(weight)
                ? reading.norm(name, heads * headDim, outline.headNorms)
                : reading.norms(name, heads, headDim, outline.headNorms);
    }

    private RopeFrequencies rope(int headDim, boolean slides) {
        Hyperparameters hyperparameters = outline.hyperparameters;
        ModelFile file = hyperparameters.file();
        int rotatedDim = hyperparameters.count("rope.dimension_count", headDim, headDim);
        if (rotatedDim % 2 != 0) {
            throw file.corrupt(
                    "metadata '%s' is %d, expected an even number"
                            .formatted(hyperparameters.key("rope.dimension_count"), rotatedDim));
        }
        return RopeFrequencies.of(
                hyperparameters,
                outline.pairing,
                rotatedDim,
                outline.shape.contextTokens(),
                outline.divisors(rotatedDim),
                slides && outline.slidesWithOwnRope ? Variant.SLIDING : Variant.USUAL);
    }
}
