package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/// A decoder as its file describes it, checked but not loaded. Immutable; usable until the file is closed.
public final class DecoderDescription {

    private final ModelFile file;
    private final DecoderShape shape;
    private final DecoderArithmetic arithmetic;
    private final MatrixTensor embedding;
    private final List<LayerTensors> layers;
    private final VectorTensor outputNorm;
    private final Optional<MatrixTensor> head;

    DecoderDescription(
            ModelFile file,
            DecoderShape shape,
            DecoderArithmetic arithmetic,
            MatrixTensor embedding,
            List<LayerTensors> layers,
            VectorTensor outputNorm,
            Optional<MatrixTensor> head) {
        this.file = file;
        this.shape = shape;
        this.arithmetic = arithmetic;
        this.embedding = embedding;
        this.layers = List.copyOf(layers);
        this.outputNorm = outputNorm;
        this.head = head;
    }

    public DecoderShape shape() {
        return shape;
    }

    public int layerCount() {
        return layers.size();
    }

    /// Whether the output head is the embedding.
    public boolean isTied() {
        return head.isEmpty();
    }

    /// The number of weights, a tied head counted once.
    public long parameters() {
        return matrices().stream().mapToLong(matrix -> matrix.tensor().elements()).sum()
                + vectors().stream().mapToLong(VectorTensor::length).sum();
    }

    /// Memory of all weights once packed.
    public long packedBytes(WeightPacker packer) {
        long bytes = 0;
        for (MatrixTensor matrix : matrices()) {
            bytes =
                    Math.addExact(
                            bytes,
                            packer.packedBytes(matrix.type(), matrix.rows(), matrix.columns()));
        }
        for (VectorTensor vector : vectors()) {
            bytes = Math.addExact(bytes, VectorLoading.allocatedBytes(vector));
        }
        return bytes;
    }

    /// Packs all weights.
    ///
    /// @param allocator gives the memory, which the model lives in
    /// @param progress told after each tensor how many bytes of the packed weights it has added
    public DecoderModel load(
            WeightPacker packer, SegmentAllocator allocator, LongConsumer progress) {
        VectorLoading vectors = new VectorLoading(file, allocator);
        MatrixLoading matrices = new MatrixLoading(file, packer, allocator, progress);
        LayerLoading loading = new LayerLoading(vectors, matrices, arithmetic);
        // The large matrices first, while little else is in memory: each is there twice while it is
        // packed.
        PackedWeights embeddingWeights = matrices.load(embedding);
        PackedWeights headWeights = head.map(matrices::load).orElse(embeddingWeights);
        List<DecoderLayer> loaded = new ArrayList<>();
        for (LayerTensors layer : layers) {
            loaded.add(loading.load(layer));
        }
        return new DecoderModel(
                shape,
                embeddingWeights,
                loaded,
                loading.norm(outputNorm),
                headWeights,
                arithmetic.rope().table());
    }

    private List<MatrixTensor> matrices() {
        List<MatrixTensor> matrices = new ArrayList<>();
        matrices.add(embedding);
        layers.stream().flatMap(DecoderDescription::linears).forEach(l -> matrices.add(l.weight()));
        head.ifPresent(matrices::add);
        return matrices;
    }

    private List<VectorTensor> vectors() {
        List<VectorTensor> vectors = new ArrayList<>();
        for (LayerTensors layer : layers) {
            vectors.add(layer.attentionNorm());
            vectors.add(layer.feedForwardNorm());
            linears(layer).forEach(linear -> linear.bias().ifPresent(vectors::add));
        }
        vectors.add(outputNorm);
        return vectors;
    }

    private static Stream<LinearTensors> linears(LayerTensors layer) {
        var attention = layer.attention();
        var feedForward = layer.feedForward();
        return Stream.of(
                attention.query(),
                attention.key(),
                attention.value(),
                attention.output(),
                feedForward.gate(),
                feedForward.up(),
                feedForward.down());
    }
}
