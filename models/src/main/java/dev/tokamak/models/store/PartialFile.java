package dev.tokamak.models.store;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A file being fetched, with the checksum of what is there. Its name holds the checksum that it shall have, so what an
/// earlier try left is only continued as the same file. Confined to one thread.
final class PartialFile implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final long NO_ROOM_BYTES = 1 << 20;

    private final Path path;
    private final String sha256;
    private final Destination destination;
    private final FileChannel channel;
    private MessageDigest digest = newDigest();
    private long size;

    private PartialFile(Path path, String sha256, Destination destination, FileChannel channel) {
        this.path = path;
        this.sha256 = sha256;
        this.destination = destination;
        this.channel = channel;
    }

    /// Opens what is there of a file, or an empty one; a file without a checksum always begins anew, as nothing tells whether
    /// its parts belong together.
    ///
    /// @param sha256 empty when nobody says it
    static PartialFile open(Destination destination, String sha256) throws IOException {
        Path path = destination.partial(sha256);
        FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        PartialFile file = new PartialFile(path, sha256, destination, channel);
        try {
            file.keep(sha256.isEmpty() ? 0 : channel.size());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return file;
    }

    /// Cuts the file to its first bytes; what follows is appended there.
    void keep(long bytes) throws IOException {
        if (bytes == size && bytes == channel.size()) {
            return;
        }
        channel.truncate(bytes);
        channel.position(0);
        digest = newDigest();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(buffer) >= 0) {
            digest.update(buffer.flip());
            buffer.clear();
        }
        size = channel.position();
    }

    void append(byte[] bytes, int count) throws IOException {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            channel.truncate(size);
            if (freeBytes() < NO_ROOM_BYTES) {
                throw new ModelException(
                        ModelException.Code.DISK_FULL,
                        "the disk of %s is full after %s; free some space, or set %s to a folder on another disk"
                                .formatted(
                                        destination.folder(),
                                        Sizes.label(size),
                                        CacheFolder.OVERRIDE),
                        e);
            }
            throw e;
        }
        digest.update(bytes, 0, count);
        size += count;
    }

    /// @throws ModelException DISK_FULL when there is no room for a file of this size
    void requireRoom(long totalBytes, long scratchBytes) throws IOException {
        long needed = Math.max(0, totalBytes - size) + scratchBytes;
        long free = freeBytes();
        if (free < needed) {
            throw new ModelException(
                    ModelException.Code.DISK_FULL,
                    "%s more are needed in %s, which has %s free; free some space, or set %s to a folder on another disk"
                            .formatted(
                                    Sizes.label(needed),
                                    destination.folder(),
                                    Sizes.label(free),
                                    CacheFolder.OVERRIDE));
        }
    }

    private long freeBytes() throws IOException {
        return destination.space().bytes(destination.folder());
    }

    long size() {
        return size;
    }

    /// Checks the whole and moves it to where it belongs. A file that is wrong is deleted.
    ///
    /// @throws ModelException CHECKSUM
    void complete() throws IOException {
        String actual = HexFormat.of().formatHex(digest.digest());
        if (!sha256.isEmpty() && !actual.equals(sha256)) {
            channel.close();
            Files.deleteIfExists(path);
            throw new ModelException(
                    ModelException.Code.CHECKSUM,
                    "the file fetched has SHA-256 %s, expected %s; it was deleted"
                            .formatted(actual, sha256));
        }
        channel.force(true);
        channel.close();
        Files.move(
                path,
                destination.target(),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
