package dev.tokamak.models.architecture;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// All tensors of a decoder and the numbers of its two ends. Immutable.
///
/// @param head empty when it is the embedding
record DecoderTensors(
        Entry entry,
        List<LayerTensors> layers,
        NormTensors outputNorm,
        Optional<MatrixTensor> head,
        Optional<VectorTensor> headBias,
        Ends ends) {

    DecoderTensors {
        layers = List.copyOf(layers);
    }

    /// What tokens enter by.
    ///
    /// @param positions one row for each position, where these are learnt
    record Entry(
            MatrixTensor embedding,
            Optional<MatrixTensor> positions,
            Optional<NormTensors> norm,
            Optional<Signals> signals) {

        Stream<MatrixTensor> matrices() {
            return Stream.of(
                            Stream.of(embedding),
                            positions.stream(),
                            signals.stream()
                                    .flatMap(one -> Stream.of(one.rows, one.projection.weight())))
                    .flatMap(stream -> stream);
        }

        Stream<VectorTensor> vectors() {
            return Stream.concat(norm.stream(), signals.stream().map(Signals::norm))
                    .flatMap(NormTensors::vectors);
        }
    }

    /// The numbers of a decoder's two ends, and what all its norms share.
    ///
    /// @param epsilon of all norms
    record Ends(float embeddingScale, float logitScale, float softcap, float epsilon) {}

    /// What layers are told of tokens beside the residual stream.
    record Signals(MatrixTensor rows, LinearTensors projection, NormTensors norm) {}

    Stream<MatrixTensor> matrices() {
        return Stream.of(
                        entry.matrices(),
                        layers.stream().flatMap(LayerTensors::matrices),
                        head.stream())
                .flatMap(stream -> stream);
    }

    Stream<VectorTensor> vectors() {
        return Stream.of(
                        entry.vectors(),
                        layers.stream().flatMap(LayerTensors::vectors),
                        outputNorm.vectors(),
                        headBias.stream())
                .flatMap(stream -> stream);
    }
}
