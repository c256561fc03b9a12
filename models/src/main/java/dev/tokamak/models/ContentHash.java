package dev.tokamak.models;

import dev.tokamak.kernels.team.BackgroundWork;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// The SHA-256 of a model's files one after the other, computed on a thread of its own while other work goes on. Closing it stops the computation.
/// Confined to one thread.
final class ContentHash implements AutoCloseable {

    private static final int CHUNK_BYTES = 1 << 16;

    private final List<Path> files;
    private final BackgroundWork<String> work;
    private volatile boolean closed;

    private ContentHash(List<Path> files) {
        this.files = List.copyOf(files);
        this.work = BackgroundWork.start("tokamak-content-hash", this::compute);
    }

    static ContentHash start(List<Path> files) {
        return new ContentHash(files);
    }

    /// Waits for the result, in lower-case hexadecimal.
    String await() throws InterruptedException {
        return work.await();
    }

    @Override
    public void close() {
        closed = true;
        work.close();
    }

    private String compute() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                update(digest, file);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private void update(MessageDigest digest, Path file) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(chunk); count >= 0 && !closed; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
            }
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Code.CORRUPT_FILE, file + ": cannot be read: " + e, e);
        }
    }
}
