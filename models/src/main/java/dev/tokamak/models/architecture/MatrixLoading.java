package dev.tokamak.models.architecture;

import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.function.LongConsumer;

/// Packs matrices one after the other. Each is mapped for as long as it is read, so that resident memory stays near one
/// copy of the weights. Confined to one thread.
record MatrixLoading(
        ModelFile file, WeightPacker packer, SegmentAllocator allocator, LongConsumer progress) {

    PackedWeights load(MatrixTensor matrix) {
        try (Arena mapping = Arena.ofShared()) {
            PackedWeights packed =
                    packer.pack(
                            matrix.type(),
                            matrix.rows(),
                            matrix.columns(),
                            file.map(matrix.tensor(), mapping),
                            allocator);
            progress.accept(packed.sizeBytes());
            return packed;
        }
    }
}
