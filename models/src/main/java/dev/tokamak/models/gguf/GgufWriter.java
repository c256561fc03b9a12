package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// A GGUF v3 file on its way to the disk: the header first, then the data of one tensor after the other. It appears under
/// its name when complete; closing it before leaves nothing. Confined to one thread.
public final class GgufWriter implements AutoCloseable {

    private final AtomicFile file;
    private final List<GgufTensor> tensors;
    private final int alignment;
    private int current;
    private long written;

    private GgufWriter(AtomicFile file, List<GgufTensor> tensors, int alignment) {
        this.file = file;
        this.tensors = tensors;
        this.alignment = alignment;
    }

    /// Writes the header.
    ///
    /// @param replace whether an existing file may be replaced
    /// @throws ModelException ALREADY_EXISTS, DISK_FULL or NOT_WRITTEN
    public static GgufWriter create(Path target, GgufContents contents, boolean replace)
            throws InterruptedException {
        int alignment = GgufHeader.alignment(contents.source());
        byte[] header = GgufEncoder.header(contents, alignment);
        long size = header.length;
        for (GgufTensor tensor : contents.tensors()) {
            size = GgufEncoder.aligned(Math.addExact(size, tensor.sizeBytes()), alignment);
        }
        AtomicFile file = AtomicFile.create(target, size, replace);
        boolean begun = false;
        try {
            file.append(ByteBuffer.wrap(header));
            begun = true;
            return new GgufWriter(file, contents.tensors(), alignment);
        } finally {
            if (!begun) {
                file.close();
            }
        }
    }

    /// Adds data of the tensor whose turn it is, which must not be exceeded.
    public void append(ByteBuffer data) throws InterruptedException {
        GgufTensor tensor = tensors.get(current);
        written += data.remaining();
        if (written > tensor.sizeBytes()) {
            throw new IllegalArgumentException(
                    "tensor '%s' has %d bytes, got %d"
                            .formatted(tensor.name(), tensor.sizeBytes(), written));
        }
        file.append(data);
        if (written == tensor.sizeBytes()) {
            long padded = GgufEncoder.aligned(written, alignment);
            file.append(ByteBuffer.allocate((int) (padded - written)));
            current++;
            written = 0;
        }
    }

    /// Ends the file and gives it its name.
    ///
    /// @throws IllegalStateException when a tensor is not complete
    public void complete() throws InterruptedException {
        if (current < tensors.size()) {
            throw new IllegalStateException(
                    "tensor '%s' has %d bytes, got %d"
                            .formatted(
                                    tensors.get(current).name(),
                                    tensors.get(current).sizeBytes(),
                                    written));
        }
        file.complete();
    }

    /// Deletes what is not complete.
    @Override
    public void close() {
        file.close();
    }
}
