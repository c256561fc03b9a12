package dev.tokamak.models.store;

import java.io.IOException;
import java.nio.file.Path;

/// How much room a folder's disk has.
@FunctionalInterface
interface FreeSpace {
    long bytes(Path folder) throws IOException;
}
