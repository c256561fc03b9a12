package dev.tokamak.models.store;

import java.io.IOException;
import java.nio.file.Path;

/// Where a model's file goes, and the files on the way to it. Immutable.
record Destination(Path folder, String stem, FreeSpace space) {

    Path target() {
        return folder.resolve(stem + ".gguf");
    }

    /// A folder for downloads that are to be unpacked.
    Path scratch() {
        return folder.resolve("." + stem + ".packages");
    }

    Path lock() {
        return folder.resolve("." + stem + ".lock");
    }

    /// What is there of the file with this checksum.
    Path partial(String sha256) {
        return folder.resolve(stem + "." + sha256.substring(0, 12) + ".part");
    }

    boolean isPartial(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(stem + ".") && name.endsWith(".part");
    }

    PartialFile open(String sha256) throws IOException {
        return PartialFile.open(this, sha256);
    }
}
