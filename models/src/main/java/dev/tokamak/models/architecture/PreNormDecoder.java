package dev.tokamak.models.architecture;

import dev.tokamak.kernels.rope.RopeTable.Pairing;
import dev.tokamak.models.gguf.ModelFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The layout that most families share: RMS norm before attention and before a gated feed-forward, rotary positions,
/// and an output head that may be the embedding. Confined to one thread.
final class PreNormDecoder {

    private static final String EMBEDDING = "token_embd.weight";
    private static final String HEAD = "output.weight";
    private static final String ROPE_DIVISORS = "rope_freqs.weight";

    private final Hyperparameters hyperparameters;
    private final TensorDirectory tensors;
    private final Pairing pairing;
    private final ModelFile file;

    PreNormDecoder(Hyperparameters hyperparameters, TensorDirectory tensors, Pairing pairing) {
        this.hyperparameters = hyperparameters;
        this.tensors = tensors;
        this.pairing = pairing;
        this.file = hyperparameters.file();
    }

    /// Describes the network, given which linear layers have biases.
    DecoderDescription describe(Bias queryKeyValue, Bias others) {
        hyperparameters.refuseForeignArithmetic();
        DecoderShape shape = shape();
        int feedForward =
                hyperparameters.count("feed_forward_length", Hyperparameters.MAXIMUM_WIDTH);
        int layerCount = hyperparameters.count("block_count", Hyperparameters.MAXIMUM_LAYERS);
        MatrixTensor embedding = tensors.matrix(EMBEDDING, shape.vocabulary(), shape.hidden());
        List<LayerTensors> layers = new ArrayList<>();
        for (int i = 0; i < layerCount; i++) {
            String prefix = "blk." + i + ".";
            layers.add(
                    new LayerTensors(
                            tensors.vector(prefix + "attn_norm.weight", shape.hidden()),
                            attention(prefix, shape, queryKeyValue, others),
                            tensors.vector(prefix + "ffn_norm.weight", shape.hidden()),
                            feedForward(prefix, shape.hidden(), feedForward, others)));
        }
        return new DecoderDescription(
                file,
                shape,
                arithmetic(shape),
                embedding,
                layers,
                tensors.vector("output_norm.weight", shape.hidden()),
                head(shape));
    }

    private DecoderShape shape() {
        int hidden = hyperparameters.count("embedding_length", Hyperparameters.MAXIMUM_WIDTH);
        int heads = hyperparameters.count("attention.head_count", Hyperparameters.MAXIMUM_HEADS);
        int kvHeads = hyperparameters.count("attention.head_count_kv", heads, heads);
        if (heads % kvHeads != 0) {
            throw file.corrupt(
                    "%d query heads are no multiple of %d key and value heads"
                            .formatted(heads, kvHeads));
        }
        int headDim =
                hyperparameters.count("attention.key_length", Hyperparameters.MAXIMUM_HEAD_DIM, 0);
        if (headDim == 0) {
            headDim = evenHeadDim(hidden, heads);
        }
        int valueDim =
                hyperparameters.count(
                        "attention.value_length", Hyperparameters.MAXIMUM_HEAD_DIM, headDim);
        if (valueDim != headDim) {
            throw file.unsupported(
                    "value heads of %d elements beside key heads of %d are not supported"
                            .formatted(valueDim, headDim));
        }
        int contextTokens =
                hyperparameters.count("context_length", Hyperparameters.MAXIMUM_CONTEXT_TOKENS);
        return new DecoderShape(vocabulary(), hidden, heads, kvHeads, headDim, contextTokens);
    }

    private int evenHeadDim(int hidden, int heads) {
        if (hidden % heads != 0) {
            throw file.corrupt(
                    "an embedding of %d elements cannot be shared by %d heads"
                            .formatted(hidden, heads));
        }
        return hidden / heads;
    }

    private int vocabulary() {
        long rows = tensors.rows(EMBEDDING);
        long tokens = file.metadata().count("tokenizer.ggml.tokens").orElse(rows);
        if (rows != tokens || rows > Hyperparameters.MAXIMUM_WIDTH) {
            throw file.corrupt(
                    "tensor '%s' has %d rows, expected %d for the vocabulary (at most %d)"
                            .formatted(EMBEDDING, rows, tokens, Hyperparameters.MAXIMUM_WIDTH));
        }
        return (int) rows;
    }

    private DecoderArithmetic arithmetic(DecoderShape shape) {
        double scale = hyperparameters.positive("attention.scale", 1 / Math.sqrt(shape.headDim()));
        int rotatedDim =
                hyperparameters.count("rope.dimension_count", shape.headDim(), shape.headDim());
        if (rotatedDim % 2 != 0) {
            throw file.corrupt(
                    "metadata '%s' is %d, expected an even number"
                            .formatted(hyperparameters.key("rope.dimension_count"), rotatedDim));
        }
        Optional<VectorTensor> divisors = tensors.optionalVector(ROPE_DIVISORS, rotatedDim / 2);
        return new DecoderArithmetic(
                (float) hyperparameters.requirePositive("attention.layer_norm_rms_epsilon"),
                (float) scale,
                RopeFrequencies.of(
                        hyperparameters, pairing, rotatedDim, shape.contextTokens(), divisors));
    }

    private LayerTensors.AttentionTensors attention(
            String prefix, DecoderShape shape, Bias queryKeyValue, Bias others) {
        int queryRows = Math.multiplyExact(shape.heads(), shape.headDim());
        int kvRows = Math.multiplyExact(shape.kvHeads(), shape.headDim());
        int hidden = shape.hidden();
        return new LayerTensors.AttentionTensors(
                linear(prefix + "attn_q", queryRows, hidden, queryKeyValue),
                linear(prefix + "attn_k", kvRows, hidden, queryKeyValue),
                linear(prefix + "attn_v", kvRows, hidden, queryKeyValue),
                linear(prefix + "attn_output", hidden, queryRows, others));
    }

    private LayerTensors.FeedForwardTensors feedForward(
            String prefix, int hidden, int feedForward, Bias bias) {
        return new LayerTensors.FeedForwardTensors(
                linear(prefix + "ffn_gate", feedForward, hidden, bias),
                linear(prefix + "ffn_up", feedForward, hidden, bias),
                linear(prefix + "ffn_down", hidden, feedForward, bias));
    }

    private LinearTensors linear(String name, int rows, int columns, Bias bias) {
        MatrixTensor weight = tensors.matrix(name + ".weight", rows, columns);
        return switch (bias) {
            case REQUIRED ->
                    new LinearTensors(weight, Optional.of(tensors.vector(name + ".bias", rows)));
            case OPTIONAL ->
                    new LinearTensors(weight, tensors.optionalVector(name + ".bias", rows));
        };
    }

    private Optional<MatrixTensor> head(DecoderShape shape) {
        return tensors.contains(HEAD)
                ? Optional.of(tensors.matrix(HEAD, shape.vocabulary(), shape.hidden()))
                : Optional.empty();
    }
}
