package dev.tokamak.models.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs `pip download`. Interrupting the thread ends pip. Stateless.
final class PipDownloader implements PackageDownloader {

    private static final int SHOWN_CHARACTERS = 400;
    private static final Duration LOOK = Duration.ofMillis(500);

    private final List<List<String>> commands;

    /// @param commands ways to call pip; the first one that exists is taken
    PipDownloader(List<List<String>> commands) {
        this.commands = List.copyOf(commands);
    }

    static PipDownloader installed() {
        return new PipDownloader(
                List.of(
                        List.of("python3", "-m", "pip"),
                        List.of("pip3"),
                        List.of("python", "-m", "pip")));
    }

    @Override
    public void download(String name, String version, Path folder, LongConsumer seen)
            throws IOException, InterruptedException {
        Path output = folder.resolve("output.log");
        Process pip = start(arguments(name, version, folder), folder, output);
        try {
            while (!pip.waitFor(LOOK)) {
                seen.accept(sizeBytes(folder));
            }
            if (pip.exitValue() != 0) {
                throw new IOException(
                        "pip download %s==%s failed with status %d: %s"
                                .formatted(name, version, pip.exitValue(), ending(output)));
            }
        } finally {
            end(pip);
        }
        Files.deleteIfExists(output);
    }

    /// Kills what still runs and waits until it is gone, so that nothing writes to the folder any more.
    private static void end(Process pip) {
        List<ProcessHandle> processes =
                Stream.concat(pip.descendants(), Stream.of(pip.toHandle())).toList();
        processes.forEach(ProcessHandle::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }

    private static List<String> arguments(String name, String version, Path folder) {
        return List.of(
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
                "--no-cache-dir",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--dest",
                folder.toString(),
                name + "==" + version);
    }

    private Process start(List<String> arguments, Path folder, Path output) throws IOException {
        @Nullable IOException missing = null;
        for (List<String> command : commands) {
            List<String> line = new ArrayList<>(command);
            line.addAll(arguments);
            ProcessBuilder builder =
                    new ProcessBuilder(line)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile());
            builder.environment().put("TMPDIR", folder.toString());
            try {
                Process process = builder.start();
                process.getOutputStream().close();
                return process;
            } catch (IOException e) {
                missing = e;
            }
        }
        throw new IOException("Python with pip is not installed", missing);
    }

    private static long sizeBytes(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException | UncheckedIOException e) {
            // pip moves its files about; the next look will see them.
            return 0;
        }
    }

    private static String ending(Path output) throws IOException {
        String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
        String oneLine = text.replaceAll("\\s*\\R\\s*", " | ");
        return oneLine.substring(Math.max(0, oneLine.length() - SHOWN_CHARACTERS));
    }
}
