package dev.tokamak.models.store;

import java.nio.file.Path;
import java.util.Optional;

/// A model of the catalogue and whether its file is here. Immutable.
///
/// @param target where its file is or would be
public record StoredModel(CatalogueModel model, Path target, boolean isInstalled) {

    /// The file, when it is here.
    public Optional<Path> file() {
        return isInstalled ? Optional.of(target) : Optional.empty();
    }
}
