package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.AttentionBlock.HeadNorms.Span;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The tensors and numbers of an attention block, before they become an [AttentionBlock]. Immutable.
sealed interface AttentionTensors {

    HeadShape heads();

    AttentionRule rule();

    Stream<MatrixTensor> matrices();

    Stream<VectorTensor> vectors();

    record Grouped(
            HeadShape heads,
            AttentionRule rule,
            QueryKeyValue projections,
            HeadNorms headNorms,
            Optional<RopeFrequencies> rope,
            Optional<VectorTensor> sinks,
            LinearTensors output)
            implements AttentionTensors {

        private Stream<LinearTensors> linears() {
            return Stream.concat(projections.all(), Stream.of(output));
        }

        @Override
        public Stream<MatrixTensor> matrices() {
            return linears().map(LinearTensors::weight);
        }

        @Override
        public Stream<VectorTensor> vectors() {
            return Stream.of(
                            linears().flatMap(linear -> linear.bias().stream()),
                            headNorms.query.stream().flatMap(NormTensors::vectors),
                            headNorms.key.stream().flatMap(NormTensors::vectors),
                            headNorms.value.stream().flatMap(NormTensors::vectors),
                            sinks.stream())
                    .flatMap(stream -> stream);
        }
    }

    record QueryKeyValue(
            LinearTensors query,
            Optional<LinearTensors> key,
            Optional<LinearTensors> value,
            Optional<LinearTensors> gate) {

        Stream<LinearTensors> all() {
            return Stream.of(Stream.of(query), key.stream(), value.stream(), gate.stream())
                    .flatMap(stream -> stream);
        }
    }

    record HeadNorms(
            boolean afterRotation,
            Span span,
            Optional<NormTensors> query,
            Optional<NormTensors> key,
            Optional<NormTensors> value) {}

    record Latent(
            HeadShape heads,
            AttentionRule rule,
            LatentQuery query,
            LinearTensors latent,
            NormTensors latentNorm,
            LatentHeads perHead,
            RopeFrequencies rope,
            LinearTensors output)
            implements AttentionTensors {

        private Stream<LinearTensors> linears() {
            return Stream.concat(query.down.stream(), Stream.of(query.up, latent, output));
        }

        @Override
        public Stream<MatrixTensor> matrices() {
            return Stream.of(
                            linears().map(LinearTensors::weight),
                            perHead.absorb.stream(),
                            perHead.expand.stream())
                    .flatMap(stream -> stream);
        }

        @Override
        public Stream<VectorTensor> vectors() {
            return Stream.of(
                            linears().flatMap(linear -> linear.bias().stream()),
                            query.norm.stream().flatMap(NormTensors::vectors),
                            latentNorm.vectors())
                    .flatMap(stream -> stream);
        }
    }

    record LatentQuery(
            Optional<LinearTensors> down,
            Optional<NormTensors> norm,
            LinearTensors up,
            int plainDim) {}

    record LatentHeads(List<MatrixTensor> absorb, List<MatrixTensor> expand) {}
}
