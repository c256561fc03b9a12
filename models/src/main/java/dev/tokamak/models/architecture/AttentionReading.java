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
        boolean slides = outline.slides.test(layer);
        HeadShape heads = heads(layer);
        AttentionRule rule =
                new AttentionRule(
                        scale(heads),
                        outline.attentionSoftcap,
                        slides ? outline.windowTokens : Integer.MAX_VALUE,
                        outline.bidirectional,
                        outline.chunks,
                        outline.temperature.apply(layer));
        return new AttentionTensors.Grouped(
                heads,
                rule,
                queryKeyValue(prefix, heads, hidden),
                outline.plainHeadNorms.test(layer) ? plainNorms(heads) : headNorms(prefix, heads),
                outline.rotates.test(layer)
                        ? Optional.of(rope(heads.keyDim(), slides))
                        : Optional.empty(),
                reading.vector(prefix + "attn_sinks.weight", heads.queries(), outline.sinks),
                reading.linear(
                        prefix + "attn_output", hidden, heads.outputColumns(), Presence.OPTIONAL));
    }

    private HeadShape heads(int layer) {
        int own = outline.layerCount - outline.borrowingLayers;
        HeadShape heads = ownHeads(layer);
        if (layer < own) {
            return heads;
        }
        boolean slides = outline.slides.test(layer);
        for (int lender = own - 1; lender >= 0; lender--) {
            if (outline.slides.test(lender) == slides) {
                requireAlike(heads, ownHeads(lender), layer, lender);
                return heads.borrowing(lender);
            }
        }
        throw outline.hyperparameters
                .file()
                .corrupt("layer %d reads keys that no earlier layer has stored".formatted(layer));
    }

    private HeadShape ownHeads(int layer) {
        return new ShapeReading(outline.hyperparameters, outline.tensors)
                .heads(layer, outline.shape.hidden(), outline.slides.test(layer));
    }

    private void requireAlike(HeadShape heads, HeadShape stored, int layer, int lender) {
        boolean alike =
                heads.keyValues() == stored.keyValues()
                        && heads.keyDim() == stored.keyDim()
                        && heads.valueDim() == stored.valueDim();
        if (!alike) {
            throw outline.hyperparameters
                    .file()
                    .corrupt(
                            "layer %d reads the keys of layer %d, which have another shape"
                                    .formatted(layer, lender));
        }
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
        Optional<LinearTensors> gate = gate(prefix, heads);
        if (heads.borrowed().isPresent()) {
            // Trained files may still have what such a layer does not use.
            outline.tensors.ignore(prefix + "attn_k.");
            outline.tensors.ignore(prefix + "attn_k_norm.");
            outline.tensors.ignore(prefix + "attn_v.");
            return new AttentionTensors.QueryKeyValue(
                    reading.linear(prefix + "attn_q", query, hidden, bias),
                    Optional.empty(),
                    Optional.empty(),
                    gate);
        }
        if (!outline.tensors.contains(prefix + "attn_qkv.weight")) {
            boolean keysAreValues =
                    outline.storesKeysAsValues
                            && key == value
                            && !outline.tensors.contains(prefix + "attn_v.weight");
            return new AttentionTensors.QueryKeyValue(
                    reading.linear(prefix + "attn_q", query, hidden, bias),
                    Optional.of(reading.linear(prefix + "attn_k", key, hidden, bias)),
                    keysAreValues
                            ? Optional.empty()
                            : Optional.of(reading.linear(prefix + "attn_v", value, hidden, bias)),
                    gate);
        }
        int rows = Math.addExact(query, Math.addExact(key, value));
        LinearTensors all = reading.linear(prefix + "attn_qkv", rows, hidden, bias);
        return new AttentionTensors.QueryKeyValue(
                all.rows(0, query),
                Optional.of(all.rows(query, key)),
                Optional.of(all.rows(query + key, value)),
                gate);
    }

    /// One number for each head, or for each element of all heads.
    private Optional<LinearTensors> gate(String prefix, HeadShape heads) {
        String name = prefix + "attn_gate";
        if (!outline.attentionGate) {
            return Optional.empty();
        }
        int rows =
                outline.tensors.rows(name + ".weight") == heads.queries()
                        ? heads.queries()
                        : heads.outputColumns();
        return Optional.of(reading.linear(name, rows, outline.shape.hidden(), Presence.ABSENT));
    }

    /// Norms as long as one head, or a matrix of them, are taken of each head; a vector as long as all heads, of all.
    private AttentionTensors.HeadNorms headNorms(String prefix, HeadShape heads) {
        String query = prefix + "attn_q_norm";
        String key = prefix + "attn_k_norm";
        boolean stores = heads.borrowed().isEmpty();
        boolean present = outline.tensors.contains(query + ".weight");
        boolean all =
                present
                        && outline.tensors.isVector(query + ".weight")
                        && outline.tensors.length(query + ".weight") != heads.keyDim();
        return new AttentionTensors.HeadNorms(
                outline.headNormsAfterRotation,
                all ? Span.ALL_HEADS : Span.HEAD,
                headNorm(query, heads.keyDim(), heads.queries()),
                stores ? headNorm(key, heads.keyDim(), heads.keyValues()) : Optional.empty(),
                stores && outline.valueNorms
                        ? Optional.of(NormTensors.plain(outline.normKind, heads.valueDim()))
                        : Optional.empty());
    }

    private AttentionTensors.HeadNorms plainNorms(HeadShape heads) {
        Optional<NormTensors> norm =
                Optional.of(NormTensors.plain(outline.normKind, heads.keyDim()));
        return new AttentionTensors.HeadNorms(true, Span.HEAD, norm, norm, Optional.empty());
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
        Variant variant = slides ? outline.slidingRope : Variant.USUAL;
        boolean ownRope = variant != Variant.USUAL;
        String name =
                ownRope && hyperparameters.contains("rope.dimension_count_swa")
                        ? "rope.dimension_count_swa"
                        : "rope.dimension_count";
        int rotatedDim = hyperparameters.count(name, headDim, headDim);
        if (rotatedDim % 2 != 0) {
            throw file.corrupt(
                    "metadata '%s' is %d, expected an even number"
                            .formatted(hyperparameters.key(name), rotatedDim));
        }
        return RopeFrequencies.of(
                hyperparameters,
                outline.pairing,
                rotatedDim,
                outline.shape.contextTokens(),
                ownRope ? RopeFrequencies.Divisors.none(file) : outline.divisors(rotatedDim),
                variant);
    }
}
