package dev.tokamak.kernels.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory mapped in large chunks aligned to 2 MiB, handed out from front to back. Thread-safe.
final class MappedMemory implements NativeMemory {

    /* A chunk reserves addresses only: what is not touched costs nothing, so the tail of a chunk may be left when the next
     * request does not fit. Many small tensors share huge pages, because requests follow each other without gaps. */

    private static final long CHUNK_BYTES = 64L << 20;

    private final Arena arena = Arena.ofShared();
    private MemorySegment chunk = MemorySegment.NULL;
    private long usedBytes;
    private boolean hugePageAdvised;

    @Override
    public synchronized MemorySegment allocate(long byteSize, long byteAlignment) {
        if (byteSize < 0) {
            throw new IllegalArgumentException("byteSize must not be negative: " + byteSize);
        }
        long alignment = Math.max(byteAlignment, ArenaMemory.LEAST_ALIGNMENT_BYTES);
        if (Long.bitCount(alignment) != 1 || alignment > LinuxMappings.HUGE_PAGE_BYTES) {
            throw new IllegalArgumentException(
                    "byteAlignment must be a power of two up to %d, not %d"
                            .formatted(LinuxMappings.HUGE_PAGE_BYTES, byteAlignment));
        }
        long start = (usedBytes + alignment - 1) & -alignment;
        if (start > chunk.byteSize() || byteSize > chunk.byteSize() - start) {
            chunk = LinuxMappings.map(Math.max(byteSize, CHUNK_BYTES), arena);
            hugePageAdvised |= LinuxMappings.adviseHugePages(chunk);
            start = 0;
        }
        usedBytes = start + byteSize;
        return chunk.asSlice(start, byteSize, alignment);
    }

    @Override
    public synchronized boolean isHugePageAdvised() {
        return hugePageAdvised;
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
        chunk = MemorySegment.NULL;
        usedBytes = 0;
    }
}
