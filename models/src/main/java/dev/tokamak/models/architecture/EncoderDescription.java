package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/// A network without the head of a language model as its file describes it, checked but not loaded. Immutable; usable until
/// the file is closed.
public final class EncoderDescription {

    private final ModelFile file;
    private final DecoderShape shape;
    private final EncoderTensors tensors;

    EncoderDescription(ModelFile file, DecoderShape shape, EncoderTensors tensors) {
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

    /// The number of weights.
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
    public EncoderModel load(
            WeightPacker packer, SegmentAllocator allocator, LongConsumer progress) {
        VectorLoading vectors = new VectorLoading(file, allocator);
        try (MatrixLoading matrices = new MatrixLoading(file, packer, allocator, progress)) {
            LayerLoading loading = new LayerLoading(vectors, matrices, tensors.epsilon());
            EncoderTensors.EmbeddingTensors embedding = tensors.embedding();
            DecoderModel.Embedding loaded =
                    new DecoderModel.Embedding(
                            matrices.load(embedding.tokens()),
                            embedding.scale(),
                            embedding.positions().map(matrices::load),
                            embedding.textKinds().stream().map(vectors::load).toList(),
                            embedding.norm().map(loading::norm));
            List<DecoderLayer> layers = new ArrayList<>();
            for (LayerTensors layer : tensors.layers()) {
                layers.add(loading.load(layer));
            }
            return new EncoderModel(
                    shape,
                    loaded,
                    layers,
                    tensors.norm().map(loading::norm),
                    tensors.pooling(),
                    tensors.rank().map(rank -> rankHead(rank, loading)));
        }
    }

    private static RankHead rankHead(RankTensors tensors, LayerLoading loading) {
        return new RankHead(
                tensors.dense()
                        .map(
                                dense ->
                                        new RankHead.Dense(
                                                loading.projection(dense.linear()),
                                                dense.function(),
                                                dense.norm().map(loading::norm))),
                tensors.outputs().stream().map(loading::projection).toList(),
                tensors.share());
    }
}
