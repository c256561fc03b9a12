package dev.tokamak.models.store;

import dev.tokamak.models.architecture.Architectures;
import java.util.List;

/// A model that the store knows how to fetch. Immutable.
///
/// @param name what users call it, for example `smollm2:135m`
/// @param sizeBytes the length of its file, rounded where no source has a checksum of ours
public record CatalogueModel(
        String name,
        String title,
        String licence,
        String architecture,
        long sizeBytes,
        List<ModelSource> sources) {

    public CatalogueModel {
        sources = List.copyOf(sources);
    }

    /// Whether this release can run its architecture.
    public boolean runnable() {
        return Architectures.supported().contains(architecture);
    }

    /// Its name in a form that any file system takes.
    String stem() {
        return name.replace(':', '-');
    }
}
