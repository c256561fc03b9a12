package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/// A decoder as its file describes it, checked but not loaded. Immutable; usable until the file is closed.
public final class DecoderDescription {

    private final ModelFile file;
    private final DecoderShape shape;
    private final DecoderTensors tensors;

    DecoderDescription(ModelFile file, DecoderShape shape, DecoderTensors tensors) {
        this.file = file;
        this.shape = shape;
        this.tensors = tensors;
    }

    public DecoderShape shape() {
        return shape;
    }

    public int layerCount() {
        return tensors.layers().size();
    }

    /// The heads of each layer as attention over cached keys and values sees them.
    public List<HeadShape> heads() {
        return tensors.layers().stream().map(layer -> layer.attention().heads()).toList();
    }

    /// The positions that each layer sees, a token's own included; `Integer.MAX_VALUE` for all earlier ones.
    public int[] windows() {
        return tensors.layers().stream()
                .mapToInt(layer -> layer.attention().rule().window())
                .toArray();
    }

    /// Whether a linear layer has integer weights, so that its inputs are quantised.
    public boolean hasIntegerMatrices() {
        return tensors.layers().stream()
                .flatMap(LayerTensors::matrices)
                .anyMatch(matrix -> !matrix.type().isFloat());
    }

    /// Columns of the inner rows of feed-forward blocks, those of all experts that a token uses counted, in the layer that
    /// has most.
    public int widestFeedForward() {
        return tensors.layers().stream()
                .mapToInt(layer -> layer.feedForward().innerColumns())
                .max()
                .orElseThrow();
    }

    /// Columns of what all layers together are told of a token beside the residual stream.
    public int signalColumns() {
        return tensors.entry().signals().map(one -> one.rows().columns()).orElse(0);
    }

    /// Whether the output head is the embedding.
    public boolean isTied() {
        return tensors.head().isEmpty();
    }

    /// The number of weights, a tied head counted once.
    public long parameters() {
        return tensors.matrices().mapToLong(MatrixTensor::elements).sum()
                + tensors.vectors().mapToLong(VectorTensor::length).sum();
    }

    /// Memory of all weights once packed.
    public long packedBytes(WeightPacker packer) {
        return PackedSizes.bytes(packer, tensors.matrices(), tensors.vectors());
    }

    /// Packs all weights.
    ///
    /// @param allocator gives the memory, which the model lives in
    /// @param progress told after each matrix how many bytes of the packed weights it has added
    public DecoderModel load(
            WeightPacker packer, SegmentAllocator allocator, LongConsumer progress) {
        VectorLoading vectors = new VectorLoading(file, allocator);
        DecoderTensors.Ends ends = tensors.ends();
        try (MatrixLoading matrices = new MatrixLoading(file, packer, allocator, progress)) {
            LayerLoading loading = new LayerLoading(vectors, matrices, ends.epsilon());
            // The large matrices first, while little else is in memory: each is there twice while
            // it is
            // packed.
            PackedWeights embedding = matrices.load(tensors.entry().embedding());
            PackedWeights head = tensors.head().map(matrices::load).orElse(embedding);
            Optional<DecoderModel.TokenSignals> signals =
                    tensors.entry().signals().map(loading::signals);
            List<DecoderLayer> layers = new ArrayList<>();
            for (LayerTensors layer : tensors.layers()) {
                layers.add(loading.load(layer));
            }
            return new DecoderModel(
                    shape,
                    new DecoderModel.Embedding(
                            embedding,
                            ends.embeddingScale(),
                            tensors.entry().positions().map(matrices::load),
                            List.of(),
                            tensors.entry().norm().map(loading::norm)),
                    signals,
                    layers,
                    new DecoderModel.Head(
                            loading.norm(tensors.outputNorm()),
                            new Projection(head, tensors.headBias().map(vectors::load)),
                            ends.logitScale(),
                            ends.softcap()));
        }
    }
}
