package dev.tokamak.kernels.code;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/// Pages by `mmap`, `mprotect` and `munmap`. Thread-safe.
final class PosixPages implements CodePages {

    /* macOS is compiled but untested. There, MAP_JIT is not used on purpose: on Intel it gives pages that stay writable while
     * they are executable. Without it the launcher needs the entitlement allow-unsigned-executable-memory, which JDK builds
     * have; where it is missing mprotect refuses and the caller does without emitted code. */

    private static final int READ_WRITE = 0x1 | 0x2;
    private static final int READ_EXECUTE = 0x1 | 0x4;
    private static final int PRIVATE = 0x02;
    private static final int ANONYMOUS_ON_LINUX = 0x20;
    private static final int ANONYMOUS_ON_MAC = 0x1000;
    private static final long MAP_FAILED = -1;

    private final int flags;
    private final MemorySegment mmap = function("mmap");
    private final MemorySegment mprotect = function("mprotect");
    private final MemorySegment munmap = function("munmap");

    private PosixPages(int flags) {
        this.flags = flags;
    }

    static PosixPages linux() {
        return new PosixPages(PRIVATE | ANONYMOUS_ON_LINUX);
    }

    static PosixPages mac() {
        return new PosixPages(PRIVATE | ANONYMOUS_ON_MAC);
    }

    @Override
    @SuppressWarnings("restricted")
    public long map(byte[] image) {
        long address = NativeCall.invoke(mmap, 0, image.length, READ_WRITE, flags, -1, 0);
        if (address == MAP_FAILED) {
            throw new CodeMemoryRefusedException(
                    "the system refused to map %,d bytes for machine code".formatted(image.length));
        }
        MemorySegment.ofAddress(address)
                .reinterpret(image.length)
                .copyFrom(MemorySegment.ofArray(image));
        int refusal =
                (int) NativeCall.invoke(mprotect, address, image.length, READ_EXECUTE, 0, 0, 0);
        if (refusal != 0) {
            unmap(address, image.length);
            throw new CodeMemoryRefusedException(
                    "the system refused to make memory executable (mprotect)");
        }
        return address;
    }

    @Override
    public void unmap(long address, long bytes) {
        NativeCall.invoke(munmap, address, bytes, 0, 0, 0, 0);
    }

    @Override
    public byte[] bridge() {
        return new byte[0];
    }

    @SuppressWarnings("restricted")
    private static MemorySegment function(String name) {
        SymbolLookup library = Linker.nativeLinker().defaultLookup();
        return library.findOrThrow(name);
    }
}
