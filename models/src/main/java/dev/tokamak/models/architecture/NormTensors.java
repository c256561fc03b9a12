package dev.tokamak.models.architecture;

import java.util.Optional;
import java.util.stream.Stream;

/// The tensors of a norm. Immutable.
record NormTensors(NormWeights.Kind kind, VectorTensor weight, Optional<VectorTensor> bias) {

    Stream<VectorTensor> vectors() {
        return Stream.concat(Stream.of(weight), bias.stream());
    }
}
