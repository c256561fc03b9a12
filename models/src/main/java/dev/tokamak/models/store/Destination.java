package dev.tokamak.models.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Where a model's file goes, and the files on the way to it. Immutable.
///
/// @param stem what the names of files on the way begin with
record Destination(Path folder, String stem, String fileName, FreeSpace space) {

    /// The one GGUF file of a model.
    Destination(Path folder, String stem, FreeSpace space) {
        this(folder, stem, stem + ".gguf", space);
    }

    Path target() {
        return folder.resolve(fileName);
    }

    /// A folder for downloads that are to be unpacked.
    Path scratch() {
        return folder.resolve("." + stem + ".packages");
    }

    Path lock() {
        return folder.resolve("." + stem + ".lock");
    }

    /// What is there of the file with this checksum, or of the one without when it is empty.
    Path partial(String sha256) {
        String mark = sha256.isEmpty() ? "unverified" : sha256.substring(0, 12);
        return folder.resolve(stem + "." + mark + ".part");
    }

    boolean isPartial(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(stem + ".") && name.endsWith(".part");
    }

    /// Deletes what tries with another checksum left.
    void deleteLeftovers() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(this::isPartial).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    PartialFile open(String sha256) throws IOException {
        return PartialFile.open(this, sha256);
    }
}
