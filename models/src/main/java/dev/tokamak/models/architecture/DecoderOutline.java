package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import dev.tokamak.models.architecture.DecoderLayer.ResidualRule;
import dev.tokamak.models.architecture.LayerTensors.NormPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/// What sets a family's decoders apart, said step by step; what is not said is as in Llama: RMS norms before attention and
/// before a feed-forward gated by SiLU, rotary positions with pairs side by side, and biases where the file has some.
/// Confined to one thread.
final class DecoderOutline {

    /// Whether tensors must be there.
    enum Presence {
        REQUIRED,
        /// When the file has them.
        OPTIONAL,
        ABSENT
    }

    final Hyperparameters hyperparameters;
    final TensorDirectory tensors;
    final DecoderShape shape;
    final int layerCount;

    NormWeights.Kind normKind = NormWeights.Kind.RMS;
    Presence normBias = Presence.ABSENT;
    Presence inputNorms = Presence.REQUIRED;
    Presence postNorms = Presence.ABSENT;
    Presence headNorms = Presence.ABSENT;
    Presence queryKeyValueBias = Presence.OPTIONAL;
    Presence sinks = Presence.ABSENT;
    String feedForwardNorm = "ffn_norm";
    Pairing pairing = Pairing.ADJACENT;
    IntPredicate rotates = layer -> true;
    IntPredicate slides = layer -> false;
    int windowTokens = Integer.MAX_VALUE;
    boolean slidesWithOwnRope;
    boolean parallel;
    float residualScale = 1;
    Optional<Double> attentionScale = Optional.empty();
    float attentionSoftcap;
    float logitSoftcap;
    float embeddingScale = 1;
    float logitScale = 1;
    GateFunction gate = GateFunction.SILU;
    Optional<ElementFunction> ungated = Optional.empty();
    Optional<ExpertOutline> experts = Optional.empty();
    boolean latent;
    boolean bidirectional;
    Presence sumNorms = Presence.ABSENT;

    /// What sets a family's experts apart.
    ///
    /// @param scoring when the file does not say
    /// @param normalised when the file does not say
    /// @param layers which layers have experts
    record ExpertOutline(RouterRule.Scoring scoring, boolean normalised, IntPredicate layers) {}

    DecoderOutline(Hyperparameters hyperparameters, TensorDirectory tensors) {
        this.hyperparameters = hyperparameters;
        this.tensors = tensors;
        this.shape = new ShapeReading(hyperparameters, tensors).shape();
        int all = hyperparameters.count("block_count", Hyperparameters.MAXIMUM_LAYERS);
        int predicting = hyperparameters.count("nextn_predict_layers", 0, 0, all - 1, 0);
        this.layerCount = all - predicting;
        for (int layer = layerCount; layer < all; layer++) {
            tensors.ignore("blk." + layer + ".");
        }
    }

    DecoderOutline rotaryHalves() {
        pairing = Pairing.HALVES;
        return this;
    }

    /// Only these layers rotate queries and keys.
    DecoderOutline rotatesIn(IntPredicate layers) {
        rotates = layers;
        return this;
    }

    DecoderOutline layerNorms(Presence bias) {
        normKind = NormWeights.Kind.LAYER;
        normBias = bias;
        return this;
    }

    /// Norms of the blocks' results.
    DecoderOutline postNorms() {
        postNorms = Presence.REQUIRED;
        return this;
    }

    DecoderOutline noInputNorms() {
        inputNorms = Presence.ABSENT;
        return this;
    }

    DecoderOutline feedForwardNormCalled(String name) {
        feedForwardNorm = name;
        return this;
    }

    DecoderOutline headNorms(Presence presence) {
        headNorms = presence;
        return this;
    }

    DecoderOutline queryKeyValueBias(Presence presence) {
        queryKeyValueBias = presence;
        return this;
    }

    DecoderOutline sinks() {
        sinks = Presence.REQUIRED;
        return this;
    }

    /// The feed-forward reads what attention reads.
    DecoderOutline parallel() {
        parallel = true;
        return this;
    }

    DecoderOutline gatedBy(GateFunction function) {
        gate = function;
        return this;
    }

    DecoderOutline ungated(ElementFunction function) {
        ungated = Optional.of(function);
        return this;
    }

    /// These layers see a window of positions only, when the file names one.
    ///
    /// @param absent the window when the file names none; 0 for no window then
    DecoderOutline slidingIn(IntPredicate layers, int absent) {
        int window =
                (int)
                        hyperparameters
                                .file()
                                .metadata()
                                .integer(
                                        hyperparameters.key("attention.sliding_window"),
                                        0,
                                        Integer.MAX_VALUE)
                                .orElse(absent);
        if (window > 0) {
            windowTokens = window;
            slides = slidingPattern(layers);
        }
        return this;
    }

    /// The pattern of the file, or of the family when the file has none.
    private IntPredicate slidingPattern(IntPredicate layers) {
        String name = "attention.sliding_window_pattern";
        if (!hyperparameters.contains(name)) {
            return layers;
        }
        if (!hyperparameters.isArray(name)) {
            int period = hyperparameters.count(name, Hyperparameters.MAXIMUM_LAYERS);
            return allBut(period);
        }
        boolean[] pattern = hyperparameters.file().metadata().bools(hyperparameters.key(name));
        if (pattern.length < layerCount) {
            throw hyperparameters
                    .file()
                    .corrupt(
                            "metadata '%s' has %d elements, expected one for each of %d layers"
                                    .formatted(
                                            hyperparameters.key(name), pattern.length, layerCount));
        }
        return layer -> pattern[layer];
    }

    /// All layers but each n-th, counted from 1.
    static IntPredicate allBut(int n) {
        return layer -> (layer + 1) % n != 0;
    }

    /// Whether the file has layers that see a window.
    boolean hasWindow() {
        return windowTokens < Integer.MAX_VALUE;
    }

    /// Sliding layers have a rotary base of their own and are not stretched.
    DecoderOutline slidingRope() {
        slidesWithOwnRope = true;
        return this;
    }

    DecoderOutline attentionScale(double scale) {
        attentionScale = Optional.of(scale);
        return this;
    }

    /// Reads the bounds of scores and logits.
    DecoderOutline softcaps() {
        attentionSoftcap = (float) hyperparameters.arithmetic("attn_logit_softcapping", 0);
        logitSoftcap = (float) hyperparameters.arithmetic("final_logit_softcapping", 0);
        return this;
    }

    DecoderOutline embeddingScale(double scale) {
        embeddingScale = (float) scale;
        return this;
    }

    DecoderOutline residualScale(double scale) {
        residualScale = (float) scale;
        return this;
    }

    DecoderOutline logitScale(double scale) {
        logitScale = (float) scale;
        return this;
    }

    /// Layers from `leading_dense_block_count` on have experts, if the file has any.
    DecoderOutline experts(RouterRule.Scoring scoring, boolean normalised) {
        int dense = hyperparameters.count("leading_dense_block_count", 0, 0, layerCount, 0);
        int step = hyperparameters.count("interleave_moe_layer_step", layerCount, 1);
        return experts(
                scoring, normalised, layer -> layer >= dense && (layer - dense + 1) % step == 0);
    }

    /// These layers have experts, if the file has any.
    DecoderOutline experts(RouterRule.Scoring scoring, boolean normalised, IntPredicate layers) {
        if (hyperparameters.count("expert_count", 0, 0, Hyperparameters.MAXIMUM_EXPERTS, 0) > 0) {
            experts = Optional.of(new ExpertOutline(scoring, normalised, layers));
        }
        return this;
    }

    /// Attention over a latent that all heads share.
    DecoderOutline latentAttention() {
        latent = true;
        return this;
    }

    /// The file's divisors of the rotary frequencies, if it has some; a set for another length of context is passed over.
    Optional<VectorTensor> divisors(int rotatedDim) {
        tensors.ignore("rope_factors_");
        String name = RopeFrequencies.divisorTensor(hyperparameters, shape.contextTokens());
        return tensors.optionalVector(name, rotatedDim / 2);
    }

    /// Every position sees those after it too.
    DecoderOutline bidirectional() {
        bidirectional = true;
        return this;
    }

    /// Norms of the residual stream after each block instead of norms before it.
    DecoderOutline sumNorms() {
        inputNorms = Presence.ABSENT;
        sumNorms = Presence.REQUIRED;
        return this;
    }

    /// Describes the network without its head, having taken every tensor that it needs.
    EncoderDescription describeEncoder() {
        return new EncoderReading(this).describe();
    }

    /// Describes the network, having taken every tensor that it needs.
    DecoderDescription describe() {
        if (experts.isEmpty()) {
            refuseExperts();
        }
        LayerReading layers = new LayerReading(this);
        MatrixTensor embedding =
                tensors.matrix(ShapeReading.EMBEDDING, shape.vocabulary(), shape.hidden());
        List<LayerTensors> described = layers(layers);
        boolean tied = !tensors.contains("output.weight");
        DecoderTensors all =
                new DecoderTensors(
                        embedding,
                        layers.norm("token_embd_norm", shape.hidden(), Presence.OPTIONAL),
                        described,
                        layers.norm("output_norm", shape.hidden(), Presence.REQUIRED).orElseThrow(),
                        tied
                                ? Optional.empty()
                                : Optional.of(
                                        tensors.matrix(
                                                "output.weight",
                                                shape.vocabulary(),
                                                shape.hidden())),
                        tensors.optionalVector("output.bias", shape.vocabulary()),
                        new DecoderTensors.Ends(
                                embeddingScale, logitScale, logitSoftcap, epsilon()));
        hyperparameters.refuseForeignArithmetic();
        return new DecoderDescription(hyperparameters.file(), shape, all);
    }

    private void refuseExperts() {
        int count = hyperparameters.count("expert_count", 0, 0, Hyperparameters.MAXIMUM_EXPERTS, 0);
        if (count > 0) {
            throw hyperparameters.unsupportedValue("expert_count", String.valueOf(count));
        }
    }

    List<LayerTensors> layers(LayerReading reading) {
        List<LayerTensors> layers = new ArrayList<>();
        for (int layer = 0; layer < layerCount; layer++) {
            layers.add(layer(reading, layer));
        }
        return layers;
    }

    float epsilon() {
        String name =
                switch (normKind) {
                    case RMS -> "attention.layer_norm_rms_epsilon";
                    case LAYER -> "attention.layer_norm_epsilon";
                };
        return (float) hyperparameters.requirePositive(name);
    }

    private static Presence optional(Presence presence) {
        return presence == Presence.REQUIRED ? Presence.OPTIONAL : presence;
    }

    private LayerTensors layer(LayerReading reading, int layer) {
        String prefix = "blk." + layer + ".";
        AttentionTensors attention =
                latent
                        ? new LatentReading(this, reading).attention(layer)
                        : new AttentionReading(this, reading).attention(layer);
        Presence ownNorm = parallel ? Presence.ABSENT : inputNorms;
        // ModernBERT normalises its embeddings and leaves out the norm that would follow at once.
        Presence firstNorm = bidirectional && layer == 0 ? optional(inputNorms) : inputNorms;
        return new LayerTensors(
                new NormPair(
                        reading.norm(prefix + "attn_norm", shape.hidden(), firstNorm),
                        reading.norm(prefix + "post_attention_norm", shape.hidden(), postNorms),
                        reading.norm(prefix + "attn_output_norm", shape.hidden(), sumNorms)),
                attention,
                new NormPair(
                        reading.norm(prefix + feedForwardNorm, shape.hidden(), ownNorm),
                        reading.norm(prefix + "post_ffw_norm", shape.hidden(), postNorms),
                        reading.norm(prefix + "layer_output_norm", shape.hidden(), sumNorms)),
                new FeedForwardReading(this, reading).feedForward(layer),
                new ResidualRule(parallel, residualScale));
    }
}
