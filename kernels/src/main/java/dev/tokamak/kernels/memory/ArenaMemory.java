package dev.tokamak.kernels.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory from the JVM's own allocator. Thread-safe.
final class ArenaMemory implements NativeMemory {

    static final long LEAST_ALIGNMENT_BYTES = 64;

    private final Arena arena = Arena.ofShared();

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return arena.allocate(byteSize, Math.max(byteAlignment, LEAST_ALIGNMENT_BYTES));
    }

    @Override
    public boolean isHugePageAdvised() {
        return false;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
