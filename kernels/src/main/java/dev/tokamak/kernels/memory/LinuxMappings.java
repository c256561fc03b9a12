package dev.tokamak.kernels.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
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

        /* One handle for all, since linking one costs ten milliseconds of start-up, and the same as of machine code, which
         * the linker then has already: six longs in, a long out. These functions take fewer or narrower arguments, which
         * is the same to the calling conventions of x86-64 and AArch64: an int is the lower half of a register, further
         * registers are ignored. Of an int result the upper half is undefined. */

        private static final MethodHandle CALL = handle();
        private static final MemorySegment MMAP = function("mmap");
        private static final MemorySegment MUNMAP = function("munmap");
        private static final MemorySegment MADVISE = function("madvise");

        static long mmap(long bytes) {
            int flags = MAP_PRIVATE_ANONYMOUS_NORESERVE;
            return call(MMAP, 0, bytes, PROT_READ_WRITE, flags, -1, 0);
        }

        static int munmap(long address, long bytes) {
            return (int) call(MUNMAP, address, bytes, 0, 0, 0, 0);
        }

        static int madvise(long address, long bytes) {
            return (int) call(MADVISE, address, bytes, MADV_HUGEPAGE, 0, 0, 0);
        }

        private static long call(
                MemorySegment function, long a, long b, long c, long d, long e, long f) {
            try {
                return (long) CALL.invokeExact(function, a, b, c, d, e, f);
            } catch (Throwable thrown) {
                throw new AssertionError(thrown);
            }
        }

        private static MemorySegment function(String name) {
            return Linker.nativeLinker().defaultLookup().findOrThrow(name);
        }

        @SuppressWarnings("restricted")
        private static MethodHandle handle() {
            return Linker.nativeLinker()
                    .downcallHandle(
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                    JAVA_LONG, JAVA_LONG));
        }
    }
}
