package dev.tokamak.models.store;

import java.util.Optional;

/// A file of a repository of the model hub. Immutable.
///
/// @param path in the repository, checked to stay within it
/// @param sizeBytes below 0 when the listing does not say it
/// @param sha256 in lower-case hexadecimal, where the hub has one
record RepositoryFile(String path, long sizeBytes, Optional<String> sha256) {

    /// The name without folders.
    String fileName() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    boolean isAtTop() {
        return path.indexOf('/') < 0;
    }
}
