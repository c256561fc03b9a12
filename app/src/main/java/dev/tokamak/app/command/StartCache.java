package dev.tokamak.app.command;

import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.memory.MachineMemory;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The JVM's start-up cache: classes, linked and laid out, and profiles of an earlier start. The launcher uses it and makes
/// it, in a process of its own, when it is told to; this tells it once a model has started well without one. Stateless.
final class StartCache {

    /// Names the launcher; set by it when there is no cache yet.
    private static final String LAUNCHER = "tokamak.launcher";

    /// The cache that this process started with; set by the launcher.
    private static final String FILE = "tokamak.start-cache";

    /// Memory that the other process needs beside the weights.
    private static final long SPARE_BYTES = 512L << 20;

    private StartCache() {}

    /// Begins to make the cache unless it is there, or would not do: the JVM keeps none for a program that has the
    /// Vector API, and memory must hold the model twice for some seconds.
    static void makeIfMissing(Path modelFile, RunningModel model) {
        Optional<String> launcher = Optional.ofNullable(System.getProperty(LAUNCHER));
        if (launcher.isEmpty()
                || !runsWithoutVectorModule(model)
                || MachineMemory.availableBytes()
                        < 2 * model.model().identity().weightBytes() + SPARE_BYTES) {
            return;
        }
        try {
            new ProcessBuilder(
                            launcher.get(),
                            PrepareStartCommand.NAME,
                            "--model",
                            modelFile.toString())
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            System.getLogger("dev.tokamak.app")
                    .log(System.Logger.Level.WARNING, "no start-up cache is made: " + e);
        }
    }

    /// Refuses to run without the Vector API, which a start with the cache leaves out, where machine code no longer runs as
    /// it did when the cache was made. The cache is deleted, so the next start is right.
    static void requireStillRight(RunningModel model) {
        String file = System.getProperty(FILE);
        if (file != null) {
            requireStillRight(Path.of(file), model.selection().choices());
        }
    }

    static void requireStillRight(Path cache, List<KernelProvider.Choice> choices) {
        for (KernelProvider.Choice choice : choices) {
            if (choice.tier() == Tier.SCALAR) {
                try {
                    Files.deleteIfExists(cache);
                } catch (IOException e) {
                    throw new UncheckedIOException("delete this file: " + cache, e);
                }
                throw new IllegalStateException(
                        "%s: %s; the start-up cache, made when it was otherwise, is deleted: start again"
                                .formatted(choice.operation(), choice.reason()));
            }
        }
    }

    private static boolean runsWithoutVectorModule(RunningModel model) {
        return model.selection().choices().stream()
                .noneMatch(
                        choice -> choice.tier() == Tier.VECTOR_API || choice.tier() == Tier.SCALAR);
    }
}
