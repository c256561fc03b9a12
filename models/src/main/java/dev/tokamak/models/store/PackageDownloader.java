package dev.tokamak.models.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/// Fetches Python packages.
interface PackageDownloader {

    /// Downloads the wheel of a package into an empty folder, using that folder for all temporary files.
    ///
    /// @param seen told now and then how many bytes are in the folder
    void download(String name, String version, Path folder, LongConsumer seen)
            throws IOException, InterruptedException;
}
