package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file that appears under its name only when it is complete and on the disk. Until then it is called `NAME.part` and
/// locked; closing deletes what is not complete. Confined to one thread.
final class AtomicFile implements AutoCloseable {

    /* A killed process leaves its part behind, without a lock: the next one for the same name takes it over. */

    private static final String PART_SUFFIX = ".part";

    private final Path target;
    private final Path part;
    private final boolean replace;
    private final FileChannel channel;
    private boolean done;

    private AtomicFile(Path target, Path part, boolean replace, FileChannel channel) {
        this.target = target;
        this.part = part;
        this.replace = replace;
        this.channel = channel;
    }

    /// Begins a file of this size.
    ///
    /// @param replace whether an existing file may be replaced
    /// @throws ModelException ALREADY_EXISTS, DISK_FULL or NOT_WRITTEN
    static AtomicFile create(Path target, long sizeBytes, boolean replace) {
        requireFree(target, replace);
        Path part = target.resolveSibling(target.getFileName() + PART_SUFFIX);
        try {
            requireRoom(target, sizeBytes);
            FileChannel channel =
                    FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            AtomicFile file = new AtomicFile(target, part, replace, channel);
            boolean locked = false;
            try {
                locked = channel.tryLock() != null;
            } catch (OverlappingFileLockException _) {
                // Another conversion in this process holds it.
            } finally {
                if (!locked) {
                    channel.close();
                }
            }
            if (!locked) {
                throw new ModelException(
                        ModelException.Code.NOT_WRITTEN,
                        target + " is being written by someone else (" + part + " is locked)");
            }
            channel.truncate(0);
            return file;
        } catch (IOException e) {
            throw notWritten(target, e);
        }
    }

    /// Adds bytes at the end.
    void append(ByteBuffer bytes) throws InterruptedException {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (ClosedByInterruptException e) {
            throw interruption(e);
        } catch (IOException e) {
            throw notWritten(target, e);
        }
    }

    /// Gives the file its name, once every byte is on the disk.
    void complete() throws InterruptedException {
        try {
            channel.force(true);
            requireFree(target, replace);
            if (replace) {
                Files.move(
                        part,
                        target,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            }
            done = true;
            channel.close();
            syncFolder();
        } catch (ClosedByInterruptException e) {
            throw interruption(e);
        } catch (IOException e) {
            throw notWritten(target, e);
        }
    }

    @Override
    public void close() {
        if (done) {
            return;
        }
        done = true;
        try {
            Files.deleteIfExists(part);
            channel.close();
        } catch (IOException _) {
            // What is left is not under the final name, and the next conversion takes it over.
        }
    }

    /// Makes the new name survive a power failure, where the system lets a folder be opened.
    private void syncFolder() {
        try (FileChannel folder = FileChannel.open(folder(target), StandardOpenOption.READ)) {
            folder.force(true);
        } catch (IOException _) {
            // Windows refuses; the file itself is on the disk.
        }
    }

    private static void requireFree(Path target, boolean replace) {
        if (Files.isDirectory(target)) {
            throw new ModelException(
                    ModelException.Code.ALREADY_EXISTS, target + " is a folder, expected a file");
        }
        if (!replace && Files.exists(target)) {
            throw new ModelException(
                    ModelException.Code.ALREADY_EXISTS, target + " exists already");
        }
    }

    private static void requireRoom(Path target, long sizeBytes) throws IOException {
        long free = Files.getFileStore(folder(target)).getUsableSpace();
        if (free < sizeBytes) {
            throw new ModelException(
                    ModelException.Code.DISK_FULL,
                    "%s will have %d bytes, but the disk of %s has %d bytes free"
                            .formatted(target, sizeBytes, folder(target), free));
        }
    }

    private static Path folder(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        return folder == null ? target.toAbsolutePath() : folder;
    }

    private static InterruptedException interruption(ClosedByInterruptException cause) {
        // The exception stands for the flag.
        Thread.interrupted();
        InterruptedException interruption = new InterruptedException("writing was interrupted");
        interruption.initCause(cause);
        return interruption;
    }

    private static ModelException notWritten(Path target, IOException cause) {
        String reason =
                cause instanceof FileSystemException refused && refused.getReason() == null
                        ? refused.getClass().getSimpleName() + ": " + refused.getMessage()
                        : String.valueOf(cause.getMessage());
        return new ModelException(
                ModelException.Code.NOT_WRITTEN, target + " cannot be written: " + reason, cause);
    }
}
