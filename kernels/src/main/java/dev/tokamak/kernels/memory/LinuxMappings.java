package dev.tokamak.kernels.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/// The C library's `mmap`, `munmap` and `madvise` on 64-bit Linux. Immutable.
final class LinuxMappings {

    static final long HUGE_PAGE_BYTES = 2L << 20;

    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x02 | 0x20 | 0x4000;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private LinuxMappings() {}

    /// Whether this is a system whose constants are those above, and native access is allowed.
    static boolean isUsable() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String architecture = System.getProperty("os.arch", "");
        return system.equals("linux")
                && (architecture.equals("amd64") || architecture.equals("aarch64"))
                && LinuxMappings.class.getModule().isNativeAccessEnabled();
    }

    /// Zero-filled memory aligned to 2 MiB that is unmapped when the arena closes.
    @SuppressWarnings("restricted")
    static MemorySegment map(long bytes, Arena arena) {
        long mappedBytes = Math.addExact(bytes, HUGE_PAGE_BYTES);
        long address = Calls.mmap(mappedBytes);
        if (address == MAP_FAILED) {
            throw new OutOfMemoryError(
                    "the system refused to map %,d bytes of memory".formatted(mappedBytes));
        }
        MemorySegment whole =
                MemorySegment.ofAddress(address)
                        .reinterpret(
                                mappedBytes,
                                arena,
                                segment -> Calls.munmap(segment.address(), mappedBytes));
        long aligned = (address + HUGE_PAGE_BYTES - 1) & -HUGE_PAGE_BYTES;
        return whole.asSlice(aligned - address, bytes);
    }

    /// Asks for huge pages; false when the system refuses, which is harmless.
    static boolean adviseHugePages(MemorySegment memory) {
        return Calls.madvise(memory.address(), memory.byteSize()) == 0;
    }

    /// The calls, linked when first used.
    private static final class Calls {

        private static final MethodHandle MMAP =
                handle(
                        "mmap",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG));
        private static final MethodHandle MUNMAP =
                handle(
                        "munmap",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG));
        private static final MethodHandle MADVISE =
                handle(
                        "madvise",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT));

        @SuppressWarnings("restricted")
        private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
        }

        static long mmap(long bytes) {
            try {
                return (long)
                        MMAP.invokeExact(
                                0L,
                                bytes,
                                PROT_READ_WRITE,
                                MAP_PRIVATE_ANONYMOUS_NORESERVE,
                                -1,
                                0L);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        static int munmap(long address, long bytes) {
            try {
                return (int) MUNMAP.invokeExact(address, bytes);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        static int madvise(long address, long bytes) {
            try {
                return (int) MADVISE.invokeExact(address, bytes, MADV_HUGEPAGE);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }
}
