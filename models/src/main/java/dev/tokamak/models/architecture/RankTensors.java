package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The tensors of a [RankHead]. Immutable.
record RankTensors(Optional<DenseTensors> dense, List<LinearTensors> outputs, boolean share) {

    RankTensors {
        outputs = List.copyOf(outputs);
    }

    /// The tensors before the outputs.
    record DenseTensors(
            LinearTensors linear, ElementFunction function, Optional<NormTensors> norm) {}

    Stream<MatrixTensor> matrices() {
        return linears().map(LinearTensors::weight);
    }

    Stream<VectorTensor> vectors() {
        return Stream.concat(
                linears().flatMap(linear -> linear.bias().stream()),
                dense.stream().flatMap(all -> all.norm().stream()).flatMap(NormTensors::vectors));
    }

    private Stream<LinearTensors> linears() {
        return Stream.concat(dense.map(DenseTensors::linear).stream(), outputs.stream());
    }
}
