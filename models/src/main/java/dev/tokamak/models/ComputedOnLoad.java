package dev.tokamak.models;

import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.Metadata;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.gguf.TensorReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// A model file whose computed tensors are computed by all workers when they are mapped into an arena for all threads.
/// Thread-safe, one mapping at a time; closes the file.
///
/// @param team the workers that compute
record ComputedOnLoad(ModelFile file, WorkerTeam team) implements ModelFile {

    private static final int ALIGNMENT_BYTES = 64;

    /// Stands for any thread but the calling one.
    private static final Thread ANOTHER = Thread.ofPlatform().unstarted(() -> {});

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public long sizeBytes() {
        return file.sizeBytes();
    }

    @Override
    public String format() {
        return file.format();
    }

    @Override
    public List<Path> files() {
        return file.files();
    }

    @Override
    public Metadata metadata() {
        return file.metadata();
    }

    @Override
    public List<GgufTensor> tensors() {
        return file.tensors();
    }

    @Override
    public MemorySegment map(GgufTensor tensor, Arena owner) {
        if (!file.isComputed(tensor) || !isForAll(owner)) {
            return file.map(tensor, owner);
        }
        MemorySegment all = owner.allocate(tensor.sizeBytes(), ALIGNMENT_BYTES);
        long rowBytes = tensor.rowBytes();
        TeamRows.read(
                file,
                tensor,
                team,
                (rows, first, count, _) ->
                        MemorySegment.copy(rows, 0, all, first * rowBytes, count * rowBytes));
        return all;
    }

    /// An arena does not say whose it is, but memory of it does.
    private static boolean isForAll(Arena owner) {
        return owner.allocate(1).isAccessibleBy(ANOTHER);
    }

    @Override
    public boolean isComputed(GgufTensor tensor) {
        return file.isComputed(tensor);
    }

    @Override
    public TensorReader reader(GgufTensor tensor, Arena owner) {
        return file.reader(tensor, owner);
    }

    @Override
    public void close() {
        file.close();
    }
}
