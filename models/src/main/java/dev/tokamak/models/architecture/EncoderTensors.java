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
        Optional<RankTensors> rank,
        float epsilon) {

    EncoderTensors {
        layers = List.copyOf(layers);
    }

    /// The tensors by which tokens enter.
    record EmbeddingTensors(
            MatrixTensor tokens,
            float scale,
            Optional<MatrixTensor> positions,
            List<VectorTensor> textKinds,
            Optional<NormTensors> norm) {}

    Stream<MatrixTensor> matrices() {
        return Stream.of(
                        Stream.of(embedding.tokens),
                        embedding.positions.stream(),
                        layers.stream().flatMap(LayerTensors::matrices),
                        rank.stream().flatMap(RankTensors::matrices))
                .flatMap(stream -> stream);
    }

    Stream<VectorTensor> vectors() {
        return Stream.of(
                        embedding.textKinds.stream(),
                        embedding.norm.stream().flatMap(NormTensors::vectors),
                        layers.stream().flatMap(LayerTensors::vectors),
                        norm.stream().flatMap(NormTensors::vectors),
                        rank.stream().flatMap(RankTensors::vectors))
                .flatMap(stream -> stream);
    }
}
