package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// A GGUF file, mapped into memory and checked: whoever holds one may rely on every tensor lying inside the file.
/// Thread-safe; closing it unmaps the file, after which its metadata and tensor data throw.
public final class GgufFile implements ModelFile {

    /* Only Java code may read the mapping: when another process truncates the file, Java turns the fault into an
     * InternalError, while emitted code would take the JVM down. */

    private final Path path;
    private final FileChannel channel;
    private final Arena arena;
    private final MemorySegment memory;
    private final GgufHeader header;

    private GgufFile(
            Path path, FileChannel channel, Arena arena, MemorySegment memory, GgufHeader header) {
        this.path = path;
        this.channel = channel;
        this.arena = arena;
        this.memory = memory;
        this.header = header;
    }

    /// Maps a file and checks its header and directory of tensors.
    ///
    /// @throws ModelException NOT_FOUND, NOT_A_FILE, CORRUPT_FILE or UNSUPPORTED
    public static GgufFile open(Path path) {
        requireRegularFile(path);
        FileChannel channel = openChannel(path);
        Arena arena = Arena.ofShared();
        boolean opened = false;
        try {
            MemorySegment memory = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            GgufHeader header = GgufHeader.read(memory, new GgufFaults(path));
            opened = true;
            return new GgufFile(path, channel, arena, memory, header);
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Code.NOT_A_FILE, path + ": cannot be mapped: " + reason(e), e);
        } finally {
            if (!opened) {
                arena.close();
                closeChannel(channel);
            }
        }
    }

    /// As [#open], and when the file is the first part of a split model, with the other parts.
    ///
    /// @throws ModelException NOT_FOUND, NOT_A_FILE, CORRUPT_FILE or UNSUPPORTED
    public static ModelFile openWhole(Path path) {
        GgufFile file = open(path);
        boolean opened = false;
        try {
            boolean split = file.metadata().integer("split.count").orElse(1) > 1;
            ModelFile whole = split ? SplitGgufFile.open(file) : file;
            opened = true;
            return whole;
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public long sizeBytes() {
        return memory.byteSize();
    }

    @Override
    public String format() {
        return "GGUF v" + header.version();
    }

    @Override
    public List<Path> files() {
        return List.of(path);
    }

    /// What the offsets of tensors are multiples of.
    public int alignmentBytes() {
        return header.alignment();
    }

    @Override
    public Metadata metadata() {
        return header.metadata();
    }

    @Override
    public List<GgufTensor> tensors() {
        return header.tensors();
    }

    /// {@inheritDoc}
    ///
    /// They lie in a mapping of their own, whose pages leave this process when the arena closes.
    @Override
    public MemorySegment map(GgufTensor tensor, Arena owner) {
        try {
            return channel.map(MapMode.READ_ONLY, tensor.offsetBytes(), tensor.sizeBytes(), owner);
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Code.CORRUPT_FILE,
                    "%s: tensor '%s' cannot be mapped: %s"
                            .formatted(path, tensor.name(), reason(e)),
                    e);
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            closeChannel(channel);
        }
    }

    private static void requireRegularFile(Path path) {
        if (!Files.exists(path)) {
            throw new ModelException(
                    ModelException.Code.NOT_FOUND, path + ": there is no such file");
        }
        if (Files.isDirectory(path)) {
            throw new ModelException(
                    ModelException.Code.NOT_A_FILE,
                    path + ": is a directory, expected a GGUF file");
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelException(
                    ModelException.Code.NOT_A_FILE, path + ": is not a regular file");
        }
    }

    private static FileChannel openChannel(Path path) {
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            if (channel.size() == 0) {
                channel.close();
                throw new GgufFaults(path).corrupt("the file is empty, expected a GGUF file");
            }
            return channel;
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Code.NOT_A_FILE, path + ": cannot be read: " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    private static void closeChannel(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
