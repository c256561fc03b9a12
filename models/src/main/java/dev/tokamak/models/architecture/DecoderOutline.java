package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import java.util.Optional;
import java.util.function.IntFunction;
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
    RopeFrequencies.Variant slidingRope = RopeFrequencies.Variant.USUAL;
    boolean parallel;
    boolean ownNormWhenParallel;
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
    boolean plainNorms;
    boolean valueNorms;
    boolean headNormsAfterRotation;
    IntPredicate plainHeadNorms = layer -> false;
    IntFunction<Optional<Temperature>> temperature = layer -> Optional.empty();
    boolean chunks;
    boolean attentionGate;
    boolean weighsInputs;
    boolean learntPositions;
    int feedForwardDivisor = 1;
    String attentionNorm = "attn_norm";
    int borrowingLayers;
    boolean storesKeysAsValues;
    boolean denseBesideExperts;
    boolean signals;
    ElementFunction rankFunction = ElementFunction.TANH;
    boolean ranksMean;

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

    /// Norms of the residual stream have no weights.
    DecoderOutline plainNorms() {
        plainNorms = true;
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

    /// Norms of queries and keys that are taken once these are rotated.
    DecoderOutline headNormsAfterRotation(Presence presence) {
        headNormsAfterRotation = true;
        return headNorms(presence);
    }

    /// Norms without weights of queries and keys that are taken once these are rotated, in these layers.
    DecoderOutline plainHeadNorms(IntPredicate layers) {
        plainHeadNorms = layers;
        return this;
    }

    /// The sigmoid of a projection is a factor of what heads give.
    DecoderOutline attentionGate() {
        attentionGate = true;
        return this;
    }

    /// Queries of these layers grow with their position.
    DecoderOutline temperature(Temperature rule, IntPredicate layers) {
        temperature = layer -> layers.test(layer) ? Optional.of(rule) : Optional.empty();
        return this;
    }

    /// Windows start at multiples of their length.
    DecoderOutline chunks() {
        chunks = true;
        return this;
    }

    /// The weights of experts are factors of what they read, not of what they give.
    DecoderOutline weighsInputs() {
        weighsInputs = true;
        return this;
    }

    /// Norms without weights of the values of each head.
    DecoderOutline valueNorms() {
        valueNorms = true;
        return this;
    }

    /// Layers without a projection of values store their keys as values too, and the last layers may read what the nearest
    /// earlier layer that sees as much has stored.
    DecoderOutline sharedKeysAndValues() {
        storesKeysAsValues = true;
        borrowingLayers =
                hyperparameters.count("attention.shared_kv_layers", 0, 0, layerCount - 1, 0);
        return this;
    }

    /// Layers are told of tokens beside the residual stream, if the file has such signals, and may scale the stream.
    DecoderOutline signals() {
        signals = true;
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

    /// Feed-forwards are narrower than the file says.
    DecoderOutline feedForwardDividedBy(int divisor) {
        feedForwardDivisor = divisor;
        return this;
    }

    /// The feed-forward reads the same residual stream as attention, by a norm of its own.
    DecoderOutline parallelWith(String attention, String feedForward) {
        attentionNorm = attention;
        feedForwardNorm = feedForward;
        parallel = true;
        ownNormWhenParallel = true;
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

    /// Embeddings of positions are added to those of tokens, and nothing rotates.
    DecoderOutline learntPositions() {
        learntPositions = true;
        return rotatesIn(_ -> false);
    }

    /// Rotary pairs turn by positions in time, height and width, which are the same for text.
    DecoderOutline positionsOfText() {
        hyperparameters.understood("rope.dimension_sections");
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
            slides =
                    new PatternReading(hyperparameters)
                            .sliding(layerCount, bidirectional)
                            .orElse(layers);
        }
        return this;
    }

    /// The layers for which an array of the file has true, or those of the family when the file has none.
    IntPredicate saidLayers(String name, IntPredicate layers) {
        return new PatternReading(hyperparameters).said(name, layerCount).orElse(layers);
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
        slidingRope = RopeFrequencies.Variant.SLIDING;
        return this;
    }

    /// Sliding layers are not stretched.
    DecoderOutline unstretchedSliding() {
        slidingRope = RopeFrequencies.Variant.UNSTRETCHED;
        return this;
    }

    DecoderOutline attentionScale(double scale) {
        attentionScale = Optional.of(scale);
        return this;
    }

    /// Reads the bounds of scores and logits; those given are for files that name none, 0 for no bound.
    DecoderOutline softcaps(double scores, double logits) {
        attentionSoftcap = (float) hyperparameters.arithmetic("attn_logit_softcapping", scores);
        logitSoftcap = (float) hyperparameters.arithmetic("final_logit_softcapping", logits);
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
        return experts(scoring, normalised, layer -> layer >= dense && (layer + 1) % step == 0);
    }

    /// Layers for which the file has a router have experts.
    DecoderOutline expertsWhereRouted(RouterRule.Scoring scoring, boolean normalised) {
        return experts(
                scoring,
                normalised,
                layer -> tensors.contains("blk." + layer + ".ffn_gate_inp.weight"));
    }

    /// These layers have experts, if the file has any.
    DecoderOutline experts(RouterRule.Scoring scoring, boolean normalised, IntPredicate layers) {
        if (hyperparameters.count("expert_count", 0, 0, Hyperparameters.MAXIMUM_EXPERTS, 0) > 0) {
            experts = Optional.of(new ExpertOutline(scoring, normalised, layers));
        }
        return this;
    }

    /// A dense block stands beside the experts of a layer, each with norms of its own.
    DecoderOutline denseBesideExperts() {
        denseBesideExperts = true;
        return this;
    }

    /// Attention over a latent that all heads share.
    DecoderOutline latentAttention() {
        latent = true;
        return this;
    }

    /// The file's divisors of the rotary frequencies, if it has some.
    RopeFrequencies.Divisors divisors(int rotatedDim) {
        return RopeFrequencies.Divisors.take(
                hyperparameters, tensors, rotatedDim, shape.contextTokens());
    }

    /// Every position sees those after it too.
    DecoderOutline bidirectional() {
        bidirectional = true;
        return this;
    }

    /// A head for scores has this function, and reads the mean of all rows where the file does not say.
    DecoderOutline ranksMeanBy(ElementFunction function) {
        rankFunction = function;
        ranksMean = true;
        return this;
    }

    /// Norms of the residual stream after each block instead of norms before it.
    DecoderOutline sumNorms() {
        inputNorms = Presence.ABSENT;
        sumNorms = Presence.REQUIRED;
        return this;
    }

    /// Describes the network, having taken every tensor that it needs.
    DecoderDescription describe() {
        return new DecoderReading(this).describe();
    }

    float epsilon() {
        String name =
                switch (normKind) {
                    case RMS -> "attention.layer_norm_rms_epsilon";
                    case LAYER -> "attention.layer_norm_epsilon";
                };
        return (float) hyperparameters.requirePositive(name);
    }
}
