package dev.tokamak.models.architecture;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// All tensors of a decoder and the numbers of its two ends. Immutable.
///
/// @param head empty when it is the embedding
record DecoderTensors(
        MatrixTensor embedding,
        Optional<NormTensors> embeddingNorm,
        List<LayerTensors> layers,
        NormTensors outputNorm,
        Optional<MatrixTensor> head,
        Optional<VectorTensor> headBias,
        Ends ends) {

    DecoderTensors {
        layers = List.copyOf(layers);
    }

    /// The numbers of a decoder's two ends, and what all its norms share.
    ///
    /// @param epsilon of all norms
    record Ends(float embeddingScale, float logitScale, float softcap, float epsilon) {}

    Stream<MatrixTensor> matrices() {
        return Stream.of(
                        Stream.of(embedding),
                        layers.stream().flatMap(LayerTensors::matrices),
                        head.stream())
                .flatMap(stream -> stream);
    }

    Stream<VectorTensor> vectors() {
        return Stream.of(
                        embeddingNorm.stream().flatMap(NormTensors::vectors),
                        layers.stream().flatMap(LayerTensors::vectors),
                        outputNorm.vectors(),
                        headBias.stream())
                .flatMap(stream -> stream);
    }
}
