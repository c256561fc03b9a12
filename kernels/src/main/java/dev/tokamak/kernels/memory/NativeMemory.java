package dev.tokamak.kernels.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// Zero-filled off-heap memory that lives until this is closed: huge pages are asked for where the system has them.
/// Physical memory is taken when it is first touched. Thread-safe.
public interface NativeMemory extends SegmentAllocator, AutoCloseable {

    /// Memory aligned to at least 64 bytes.
    ///
    /// @throws OutOfMemoryError when the system refuses
    @Override
    MemorySegment allocate(long byteSize, long byteAlignment);

    /// Whether the system took the advice to use huge pages.
    boolean isHugePageAdvised();

    /// Frees all of it; segments can no longer be read. Idempotent; not while a thread reads or writes a segment.
    @Override
    void close();

    /// Memory mapped by the system where it is Linux, by the JVM elsewhere or when mapping is refused.
    static NativeMemory open() {
        return LinuxMappings.isUsable() ? new MappedMemory() : new ArenaMemory();
    }
}
