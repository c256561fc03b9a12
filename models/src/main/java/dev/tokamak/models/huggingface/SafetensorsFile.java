package dev.tokamak.models.huggingface;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// An open safetensors file whose header has been checked. Thread-safe; after closing it no tensor can be mapped.
final class SafetensorsFile implements AutoCloseable {

    private static final int LENGTH_BYTES = Long.BYTES;

    private final Path path;
    private final FileChannel channel;
    private final long dataStartBytes;
    private final List<SafetensorsHeader.Entry> entries;

    private SafetensorsFile(
            Path path,
            FileChannel channel,
            long dataStartBytes,
            List<SafetensorsHeader.Entry> entries) {
        this.path = path;
        this.channel = channel;
        this.dataStartBytes = dataStartBytes;
        this.entries = entries;
    }

    static SafetensorsFile open(Path path) {
        Faults faults = new Faults(path);
        if (!Files.isRegularFile(path)) {
            throw faults.missing("there is no such file");
        }
        FileChannel channel = null;
        boolean opened = false;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            byte[] header = header(channel, faults);
            long start = LENGTH_BYTES + (long) header.length;
            List<SafetensorsHeader.Entry> entries =
                    SafetensorsHeader.read(header, channel.size() - start, faults);
            opened = true;
            return new SafetensorsFile(path, channel, start, entries);
        } catch (IOException e) {
            throw faults.unreadable(e);
        } finally {
            if (channel != null && !opened) {
                close(channel);
            }
        }
    }

    private static byte[] header(FileChannel channel, Faults faults) throws IOException {
        long fileBytes = channel.size();
        ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        read(channel, length, 0);
        if (length.hasRemaining()) {
            throw faults.corrupt("has %d bytes, too few for a header".formatted(fileBytes));
        }
        long bytes = length.getLong(0);
        if (bytes < 2
                || bytes > SafetensorsHeader.LARGEST_BYTES
                || bytes > fileBytes - LENGTH_BYTES) {
            throw faults.corrupt(
                    "the header has %s bytes, expected 2 to %d in a file of %d bytes"
                            .formatted(
                                    Long.toUnsignedString(bytes),
                                    SafetensorsHeader.LARGEST_BYTES,
                                    fileBytes));
        }
        ByteBuffer header = ByteBuffer.allocate((int) bytes);
        read(channel, header, LENGTH_BYTES);
        if (header.hasRemaining()) {
            throw faults.corrupt("ends within its header");
        }
        return header.array();
    }

    private static void read(FileChannel channel, ByteBuffer target, long position)
            throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target, position + target.position()) < 0) {
                return;
            }
        }
    }

    Path path() {
        return path;
    }

    List<SafetensorsHeader.Entry> entries() {
        return entries;
    }

    long sizeBytes() {
        try {
            return channel.size();
        } catch (IOException e) {
            throw new Faults(path).unreadable(e);
        }
    }

    /// The bytes of a tensor, aligned to its elements; those that are not so in the file are copied.
    MemorySegment map(SafetensorsHeader.Entry entry, Arena owner) {
        try {
            long start = dataStartBytes + entry.offsetBytes();
            if (start % entry.type().bytes() == 0 || entry.sizeBytes() == 0) {
                return channel.map(MapMode.READ_ONLY, start, entry.sizeBytes(), owner);
            }
            MemorySegment copy = owner.allocate(entry.sizeBytes(), Long.BYTES);
            try (Arena mapping = Arena.ofConfined()) {
                copy.copyFrom(channel.map(MapMode.READ_ONLY, start, entry.sizeBytes(), mapping));
            }
            return copy;
        } catch (IOException e) {
            throw new Faults(path)
                    .corrupt("tensor '%s' cannot be mapped: %s".formatted(entry.name(), e), e);
        }
    }

    @Override
    public void close() {
        close(channel);
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
