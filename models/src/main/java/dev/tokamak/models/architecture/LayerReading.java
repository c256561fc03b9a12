package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderOutline.Presence;
import java.util.Optional;

/// Takes norms and linear layers from the file as an outline wants them. Confined to one thread.
record LayerReading(DecoderOutline outline) {

    /// The norm of this name, without `.weight`.
    Optional<NormTensors> norm(String name, int length, Presence presence) {
        boolean taken =
                switch (presence) {
                    case REQUIRED -> true;
                    case OPTIONAL -> outline.tensors.contains(name + ".weight");
                    case ABSENT -> false;
                };
        return taken ? Optional.of(norm(name, length)) : Optional.empty();
    }

    /// Norms of the same length one after the other.
    Optional<NormTensors> norms(String name, int count, int length, Presence presence) {
        return presence == Presence.ABSENT
                ? Optional.empty()
                : Optional.of(
                        new NormTensors(
                                outline.normKind,
                                outline.tensors.vectors(name + ".weight", count, length),
                                Optional.empty()));
    }

    private NormTensors norm(String name, int length) {
        return new NormTensors(
                outline.normKind,
                outline.tensors.vector(name + ".weight", length),
                vector(name + ".bias", length, outline.normBias));
    }

    /// The linear layer of this name, without `.weight`.
    LinearTensors linear(String name, int rows, int columns, Presence bias) {
        return new LinearTensors(
                outline.tensors.matrix(name + ".weight", rows, columns),
                vector(name + ".bias", rows, bias));
    }

    Optional<VectorTensor> vector(String name, int length, Presence presence) {
        return switch (presence) {
            case REQUIRED -> Optional.of(outline.tensors.vector(name, length));
            case OPTIONAL -> outline.tensors.optionalVector(name, length);
            case ABSENT -> Optional.empty();
        };
    }
}
