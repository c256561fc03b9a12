package dev.tokamak.models.huggingface;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Families that read texts in both directions: BERT, RoBERTa, Nomic's and ModernBERT, and what scores pairs of texts.
final class EncoderFamilies {

    static final List<HubFamily> ALL =
            List.of(
                    HubFamily.of(
                            "bert",
                            EncoderFamilies::bert,
                            "BertModel",
                            "BertForMaskedLM",
                            "BertForSequenceClassification"),
                    HubFamily.of(
                            "bert",
                            EncoderFamilies::roberta,
                            "RobertaModel",
                            "RobertaForMaskedLM",
                            "RobertaForSequenceClassification",
                            "XLMRobertaModel",
                            "XLMRobertaForMaskedLM",
                            "XLMRobertaForSequenceClassification",
                            "CamembertModel",
                            "CamembertForMaskedLM"),
                    HubFamily.of("nomic-bert", EncoderFamilies::nomicBert, "NomicBertModel"),
                    HubFamily.of(
                            "modern-bert",
                            EncoderFamilies::modernBert,
                            "ModernBertModel",
                            "ModernBertForMaskedLM",
                            "ModernBertForSequenceClassification"));

    private static final String POOLING = "pooling_type";
    private static final int MEAN = 1;
    private static final int FIRST = 2;
    private static final int RANK = 4;
    private static final int MOST_LABELS = 1 << 10;

    private EncoderFamilies() {}

    /// Says that a model of this class makes scores of pairs of texts, and how its labels are called.
    static ConversionOutline ranking(ConversionOutline outline) {
        if (!ranks(outline)) {
            return outline;
        }
        Optional<ModelConfig> names = outline.config.object("id2label");
        List<String> labels = new ArrayList<>();
        for (int i = 0; names.isPresent() && names.get().has("" + i) && i < MOST_LABELS; i++) {
            labels.add(names.get().string("" + i).orElse(""));
        }
        if (!labels.isEmpty()) {
            outline.metadata.put(outline.key("classifier.output_labels"), labels);
        }
        return outline.put(POOLING, RANK);
    }

    private static boolean ranks(ConversionOutline outline) {
        return outline.config.strings("architectures").stream()
                .anyMatch(name -> name.endsWith("ForSequenceClassification"));
    }

    private static ConversionOutline bert(ConversionOutline outline) {
        ConversionOutline named = postNormBlocks(outline);
        if (ranks(outline)) {
            return ranking(named).end("pooler.dense", "cls").end("classifier", "cls.output");
        }
        return named.ignoring("pooler.dense")
                .ignoring("cls.predictions")
                .ignoring("cls.seq_relationship");
    }

    /// As BERT, but the first positions belong to padding.
    private static ConversionOutline roberta(ConversionOutline outline) {
        long padding = outline.config.optionalInteger("pad_token_id").orElse(1);
        long positions = outline.contextTokens() - padding - 1;
        if (positions < 1) {
            throw outline.config.unsupported("max_position_embeddings");
        }
        ConversionOutline named =
                postNormBlocks(outline)
                        .contextTokens(positions)
                        .ignoring("pooler.dense")
                        .ignoring("lm_head.")
                        .end(
                                "embeddings.position_embeddings",
                                Placement.rowsFrom("position_embd", padding + 1));
        return ranking(named)
                .end("classifier.dense", "cls")
                .end("classifier.out_proj", "cls.output");
    }

    private static ConversionOutline postNormBlocks(ConversionOutline outline) {
        String positions = "position_embedding_type";
        if (!outline.config.string(positions).orElse("absolute").equals("absolute")) {
            throw outline.config.unsupported(positions);
        }
        return outline.bidirectional()
                .activations("gelu")
                .requireFlag("is_decoder", false)
                .ignoring("embeddings.position_ids")
                .end("embeddings.word_embeddings", "token_embd")
                .end("embeddings.token_type_embeddings", "token_types")
                .end("embeddings.position_embeddings", "position_embd")
                .end("embeddings.LayerNorm", "token_embd_norm")
                .module("attention.self.query", "attn_q")
                .module("attention.self.key", "attn_k")
                .module("attention.self.value", "attn_v")
                .module("attention.output.dense", "attn_output")
                .module("attention.output.LayerNorm", "attn_output_norm")
                .module("intermediate.dense", "ffn_up")
                .module("output.dense", "ffn_down")
                .module("output.LayerNorm", "layer_output_norm");
    }

    /// Beyond the positions of its training rotations would be stretched, by the length of each text.
    private static ConversionOutline nomicBert(ConversionOutline outline) {
        long trained = outline.config.optionalInteger("max_trained_positions").orElse(2048);
        return outline.bidirectional()
                .activations("swiglu", "silu")
                .contextTokens(Math.min(trained, outline.contextTokens()))
                .rotaryBase(1000)
                .rotatedShare(outline.config.decimal("rotary_emb_fraction").orElse(1))
                .requireFlag("prenorm", false)
                .requireFlag("parallel_block", false)
                .requireFlag("causal", false)
                .requireFlag("use_rms_norm", false)
                .requireFlag("rotary_emb_interleaved", false)
                .requireInteger("moe_every_n_layers", 0)
                .refuse("rotary_emb_scale_base")
                .end("embeddings.word_embeddings", "token_embd")
                .end("embeddings.token_type_embeddings", "token_types")
                .end("emb_ln", "token_embd_norm")
                .end("embeddings.LayerNorm", "token_embd_norm")
                .module("post_attention_layernorm", "attn_output_norm")
                .module("post_mlp_layernorm", "layer_output_norm")
                .module("attn.Wqkv", "attn_qkv")
                .module("attn.out_proj", "attn_output")
                .module("norm1", "attn_output_norm")
                .module("mlp.fc11", "ffn_up")
                .module("mlp.fc12", "ffn_gate")
                .module("mlp.fc2", "ffn_down")
                .module("norm2", "layer_output_norm");
    }

    private static ConversionOutline modernBert(ConversionOutline outline) {
        ModelConfig config = outline.config;
        ConversionOutline named =
                outline.bidirectional()
                        .activations("gelu", "silu")
                        .rotaryBase(config.decimal("global_rope_theta").orElse(160_000))
                        .put(
                                "rope.freq_base_swa",
                                config.decimal("local_rope_theta").orElse(10_000))
                        .windowInLayers("local_attention", slidingLayers(outline))
                        .end("embeddings.tok_embeddings", "token_embd")
                        .end("embeddings.norm", "token_embd_norm")
                        .end("final_norm", "output_norm")
                        .module("attn_norm", "attn_norm")
                        .module("attn.Wqkv", "attn_qkv")
                        .module("attn.Wo", "attn_output")
                        .module("mlp_norm", "ffn_norm")
                        .module("mlp.Wi", "ffn_up")
                        .module("mlp.Wo", "ffn_down");
        config.string("hidden_activation")
                .ifPresent(name -> outline.metadata.put(outline.key("hidden_activation"), name));
        if (!ranks(outline)) {
            return named.ignoring("head.").ignoring("decoder.");
        }
        return ranking(named)
                .put("classifier.pooling_type", classifierPooling(config))
                .end("head.dense", "cls")
                .end("head.norm", "cls.norm")
                .end("classifier", "cls.output");
    }

    private static long classifierPooling(ModelConfig config) {
        if (!config.string("classifier_activation").orElse("gelu").equals("gelu")) {
            throw config.unsupported("classifier_activation");
        }
        return switch (config.string("classifier_pooling").orElse("cls")) {
            case "cls" -> FIRST;
            case "mean" -> MEAN;
            default -> throw config.unsupported("classifier_pooling");
        };
    }

    /// Each n-th layer from the first sees everything, unless the configuration says which do.
    private static boolean[] slidingLayers(ConversionOutline outline) {
        ModelConfig config = outline.config;
        List<String> types = config.strings("layer_types");
        long period = Math.max(1, config.optionalInteger("global_attn_every_n_layers").orElse(3));
        boolean[] slides = new boolean[Math.min(outline.layerCount(), TensorPlan.MOST_LAYERS)];
        config.requireForEachLayer("layer_types", types.size(), slides.length);
        for (int layer = 0; layer < slides.length; layer++) {
            slides[layer] =
                    types.isEmpty()
                            ? layer % period != 0
                            : types.get(layer).equals("sliding_attention");
        }
        return slides;
    }
}
