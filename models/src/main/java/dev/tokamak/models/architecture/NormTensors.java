package dev.tokamak.models.architecture;

import java.util.Optional;
import java.util.stream.Stream;

/// The tensors of a norm. Immutable.
///
/// @param length elements that are normalised together
/// @param weight 1 everywhere without it
record NormTensors(
        NormWeights.Kind kind,
        int length,
        Optional<VectorTensor> weight,
        Optional<VectorTensor> bias) {

    /// A norm without weights.
    static NormTensors plain(NormWeights.Kind kind, int length) {
        return new NormTensors(kind, length, Optional.empty(), Optional.empty());
    }

    Stream<VectorTensor> vectors() {
        return Stream.concat(weight.stream(), bias.stream());
    }
}
