package dev.tokamak.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// The SHA-256 of a file, computed on a thread of its own while other work goes on. Closing it stops the computation.
/// Confined to one thread.
final class ContentHash implements AutoCloseable {

    private static final int CHUNK_BYTES = 1 << 20;

    private final Path file;
    private final FutureTask<String> task;
    private final Thread thread;
    private volatile boolean closed;

    private ContentHash(Path file) {
        this.file = file;
        this.task = new FutureTask<>(this::compute);
        this.thread = Thread.ofPlatform().daemon().name("tokamak-content-hash").unstarted(task);
    }

    static ContentHash start(Path file) {
        ContentHash hash = new ContentHash(file);
        hash.thread.start();
        return hash;
    }

    /// Waits for the result, in lower-case hexadecimal.
    String await() {
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException(
                    ModelException.Code.INTERNAL, file + ": interrupted while it was read", e);
        } catch (ExecutionException e) {
            throw new ModelException(
                    ModelException.Code.CORRUPT_FILE,
                    file + ": cannot be read: " + e.getCause(),
                    e);
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private String compute() throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(chunk); count >= 0 && !closed; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
