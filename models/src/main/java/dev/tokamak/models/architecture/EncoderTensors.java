package dev.tokamak.models.architecture;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// All tensors of an encoder and what they are used for. Immutable.
record EncoderTensors(
        EmbeddingTensors embedding,
        List<LayerTensors> layers,
        Optional<NormTensors> norm,
        Pooling pooling,
        float epsilon) {

    EncoderTensors {
        layers = List.copyOf(layers);
    }

    /// The tensors by which tokens enter.
    record EmbeddingTensors(
            MatrixTensor tokens,
            float scale,
            Optional<MatrixTensor> positions,
            Optional<VectorTensor> constant,
            Optional<NormTensors> norm) {}

    Stream<MatrixTensor> matrices() {
        return Stream.of(
                        Stream.of(embedding.tokens),
                        embedding.positions.stream(),
                        layers.stream().flatMap(LayerTensors::matrices))
                .flatMap(stream -> stream);
    }

    Stream<VectorTensor> vectors() {
        return Stream.of(
                        embedding.constant.stream(),
                        embedding.norm.stream().flatMap(NormTensors::vectors),
                        layers.stream().flatMap(LayerTensors::vectors),
                        norm.stream().flatMap(NormTensors::vectors))
                .flatMap(stream -> stream);
    }
}
