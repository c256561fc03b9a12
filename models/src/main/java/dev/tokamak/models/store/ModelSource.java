package dev.tokamak.models.store;

import java.util.List;
import java.util.Optional;

/// A place that a model file can be fetched from. Immutable.
public sealed interface ModelSource {

    /// The SHA-256 of the file from here in lower-case hexadecimal, where it is known beforehand.
    Optional<String> sha256();

    /// The source in words.
    String label();

    /// A file of a repository of the model hub.
    ///
    /// @param checksum the SHA-256, or empty to verify the one that the hub reports
    record Hub(String repository, String file, String checksum) implements ModelSource {
        @Override
        public Optional<String> sha256() {
            return checksum.isEmpty() ? Optional.empty() : Optional.of(checksum);
        }

        @Override
        public String label() {
            return "Hugging Face " + repository;
        }
    }

    /// Members of Python packages, joined in order.
    record Packages(String checksum, List<Part> parts) implements ModelSource {
        public Packages {
            parts = List.copyOf(parts);
        }

        @Override
        public Optional<String> sha256() {
            return Optional.of(checksum);
        }

        @Override
        public String label() {
            return parts.size() == 1
                    ? "Python package " + parts.getFirst().name()
                    : "Python packages "
                            + parts.getFirst().name()
                            + " to "
                            + parts.getLast().name();
        }
    }

    /// One package and the member to take from it.
    ///
    /// @param member a glob over the paths in the wheel
    /// @param sizeBytes length of that member
    record Part(String name, String version, String member, long sizeBytes) {}
}
