package dev.tokamak.models.architecture;

import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// Copies norm weights and biases to fp32 on cache lines of their own. Confined to one thread.
record VectorLoading(ModelFile file, SegmentAllocator allocator) {

    private static final int ALIGNMENT_BYTES = 64;

    MemorySegment load(VectorTensor vector) {
        MemorySegment target =
                allocator.allocate((long) vector.length() * Float.BYTES, ALIGNMENT_BYTES);
        try (Arena mapping = Arena.ofConfined()) {
            FloatVectors.copy(file.map(vector.tensor(), mapping), vector, target);
        }
        return target;
    }

    /// The weights of a norm that has none.
    MemorySegment ones(int length) {
        MemorySegment target = allocator.allocate((long) length * Float.BYTES, ALIGNMENT_BYTES);
        for (int i = 0; i < length; i++) {
            target.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
        }
        return target;
    }

    static long allocatedBytes(VectorTensor vector) {
        long bytes = (long) vector.length() * Float.BYTES;
        return Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    }
}
