package dev.tokamak.models.store;

import java.util.List;
import java.util.Locale;

/// Files of a repository that together are one model. Immutable.
///
/// @param label its quantisation, or what else tells it from the others
/// @param target the path to open: that of the first GGUF file, or nothing for the repository's folder
record ModelChoice(String label, String target, List<RepositoryFile> files) {

    /// The label of a folder of safetensors.
    static final String FOLDER = "safetensors";

    ModelChoice {
        files = List.copyOf(files);
    }

    boolean isFolder() {
        return target.isEmpty();
    }

    /// Its bytes, below 0 when that of a file is not known.
    long sizeBytes() {
        boolean known = files.stream().allMatch(file -> file.sizeBytes() >= 0);
        return known ? files.stream().mapToLong(RepositoryFile::sizeBytes).sum() : -1;
    }

    /// Whether this is the label or one of the files.
    boolean isCalled(String name) {
        return label.equalsIgnoreCase(name)
                || files.stream()
                        .anyMatch(file -> file.path().equals(name) || file.fileName().equals(name));
    }

    /// Whether the label or a file's name has this part.
    boolean resembles(String part) {
        String lower = part.toLowerCase(Locale.ROOT);
        return label.toLowerCase(Locale.ROOT).contains(lower)
                || target.toLowerCase(Locale.ROOT).contains(lower);
    }

    String line() {
        String size = sizeBytes() < 0 ? "" : Sizes.label(sizeBytes());
        return String.format(Locale.ROOT, "  %-14s %11s  %s", label, size, content());
    }

    private String content() {
        if (isFolder()) {
            return files.size() + " files";
        }
        return files.size() == 1 ? target : target + " and " + (files.size() - 1) + " more";
    }
}
