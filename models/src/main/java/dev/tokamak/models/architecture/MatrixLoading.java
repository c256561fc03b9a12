package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Packs matrices one after the other. A tensor is mapped from the first of its matrices to the last of them that follow one
/// another, so that resident memory stays near one copy of the weights. Confined to one thread.
final class MatrixLoading implements AutoCloseable {

    private final ModelFile file;
    private final WeightPacker packer;
    private final SegmentAllocator allocator;
    private final LongConsumer progress;
    private @Nullable Mapped mapped;

    private record Mapped(GgufTensor tensor, Arena arena, MemorySegment memory) {}

    MatrixLoading(
            ModelFile file,
            WeightPacker packer,
            SegmentAllocator allocator,
            LongConsumer progress) {
        this.file = file;
        this.packer = packer;
        this.allocator = allocator;
        this.progress = progress;
    }

    PackedWeights load(MatrixTensor matrix) {
        PackedWeights packed =
                packer.pack(
                        matrix.type(),
                        matrix.rows(),
                        matrix.columns(),
                        map(matrix.tensor()).asSlice(matrix.offsetBytes(), matrix.sizeBytes()),
                        allocator);
        progress.accept(packed.sizeBytes());
        return packed;
    }

    private MemorySegment map(GgufTensor tensor) {
        if (mapped != null && mapped.tensor.equals(tensor)) {
            return mapped.memory;
        }
        close();
        Arena arena = Arena.ofShared();
        boolean done = false;
        try {
            MemorySegment memory = file.map(tensor, arena);
            mapped = new Mapped(tensor, arena, memory);
            done = true;
            return memory;
        } finally {
            if (!done) {
                arena.close();
            }
        }
    }

    @Override
    public void close() {
        if (mapped != null) {
            mapped.arena.close();
            mapped = null;
        }
    }
}
