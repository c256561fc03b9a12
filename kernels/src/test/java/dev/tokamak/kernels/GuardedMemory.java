package dev.tokamak.kernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;

/// Memory in which whoever reads or writes past the end of an allocation, or a page before its start, ends the process: each
/// ends where a page begins that nobody may touch. Linux only. Confined to one thread.
public final class GuardedMemory implements SegmentAllocator, AutoCloseable {

    private static final long PAGE_BYTES = 4096;
    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;

    private static final MethodHandle MAP =
            handle(
                    "mmap",
                    FunctionDescriptor.of(
                            ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle PROTECT =
            handle("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle UNMAP =
            handle("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));

    private final List<MemorySegment> mappings = new ArrayList<>();

    /// Skips the test where the system is not Linux.
    public static GuardedMemory open() {
        Assumptions.assumeTrue(
                System.getProperty("os.name", "").equals("Linux"), "guard pages need Linux");
        return new GuardedMemory();
    }

    private GuardedMemory() {}

    @SuppressWarnings("restricted")
    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }

    /// Zeros that end where a page without access begins; they are aligned as far as their size allows.
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        MemorySegment usable = map(byteSize);
        return usable.asSlice(usable.byteSize() - byteSize);
    }

    /// Zeros that begin where a page without access ends.
    public MemorySegment allocateBehindGuard(long byteSize) {
        return map(byteSize).asSlice(0, byteSize);
    }

    /// Whole pages between two without access.
    @SuppressWarnings("restricted")
    private MemorySegment map(long byteSize) {
        long usable = (byteSize + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        long mapped = usable + 2 * PAGE_BYTES;
        try {
            MemorySegment pages =
                    (MemorySegment)
                            MAP.invokeExact(
                                    MemorySegment.NULL, mapped, 0, PRIVATE_ANONYMOUS, -1, 0L);
            mappings.add(pages.reinterpret(mapped));
            MemorySegment middle =
                    MemorySegment.ofAddress(pages.address() + PAGE_BYTES).reinterpret(usable);
            if (usable > 0 && (int) PROTECT.invokeExact(middle, usable, READ_WRITE) != 0) {
                throw new IllegalStateException("mprotect refused");
            }
            return middle;
        } catch (Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }

    /// As [#allocate(long)], with the bytes of another segment.
    public MemorySegment copy(MemorySegment of) {
        return allocate(of.byteSize(), 1).copyFrom(of);
    }

    /// Random floats of very different sizes, some extreme; see [Parity].
    public MemorySegment floats(Random random, int count, boolean withInfinite) {
        try (Arena arena = Arena.ofConfined()) {
            return copy(Parity.extremes(arena, random, count, withInfinite).asSlice(0, 4L * count));
        }
    }

    @Override
    public void close() {
        try {
            for (MemorySegment mapping : mappings) {
                int ignored = (int) UNMAP.invokeExact(mapping, mapping.byteSize());
            }
            mappings.clear();
        } catch (Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }
}
