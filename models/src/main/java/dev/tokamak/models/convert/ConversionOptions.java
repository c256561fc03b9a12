package dev.tokamak.models.convert;

import java.util.List;
import java.util.Optional;

/// What a conversion shall produce. Immutable.
///
/// @param overrides the first that applies to a tensor decides
/// @param replace whether an existing file may be replaced
public record ConversionOptions(
        Preset preset,
        List<TensorOverride> overrides,
        Optional<ImportanceMatrix> importance,
        boolean replace) {

    public ConversionOptions {
        overrides = List.copyOf(overrides);
    }
}
