package dev.tokamak.kernels.code;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/// Pages by `VirtualAlloc`, `VirtualProtect` and `VirtualFree`; compiled but untested on Windows. Thread-safe.
final class WindowsPages implements CodePages {

    private static final int COMMIT_AND_RESERVE = 0x1000 | 0x2000;
    private static final int RELEASE = 0x8000;
    private static final int READ_WRITE = 0x04;
    private static final int EXECUTE_READ = 0x20;
    private static final long CURRENT_PROCESS = -1;

    private final MemorySegment allocate;
    private final MemorySegment protect;
    private final MemorySegment free;
    private final MemorySegment flush;

    @SuppressWarnings("restricted")
    WindowsPages() {
        SymbolLookup kernel = SymbolLookup.libraryLookup("kernel32", Arena.ofAuto());
        allocate = kernel.findOrThrow("VirtualAlloc");
        protect = kernel.findOrThrow("VirtualProtect");
        free = kernel.findOrThrow("VirtualFree");
        flush = kernel.findOrThrow("FlushInstructionCache");
    }

    @Override
    @SuppressWarnings("restricted")
    public long map(byte[] image) {
        long address =
                NativeCall.invoke(allocate, 0, image.length, COMMIT_AND_RESERVE, READ_WRITE, 0, 0);
        if (address == 0) {
            throw new CodeMemoryRefusedException(
                    "the system refused to map %,d bytes for machine code".formatted(image.length));
        }
        MemorySegment.ofAddress(address)
                .reinterpret(image.length)
                .copyFrom(MemorySegment.ofArray(image));
        try (Arena arena = Arena.ofConfined()) {
            long earlier = arena.allocate(JAVA_INT).address();
            int done =
                    (int)
                            NativeCall.invoke(
                                    protect, address, image.length, EXECUTE_READ, earlier, 0, 0);
            if (done == 0) {
                unmap(address, image.length);
                throw new CodeMemoryRefusedException(
                        "the system refused to make memory executable (VirtualProtect)");
            }
        }
        NativeCall.invoke(flush, CURRENT_PROCESS, address, image.length, 0, 0, 0);
        return address;
    }

    @Override
    public void unmap(long address, long bytes) {
        NativeCall.invoke(free, address, 0, RELEASE, 0, 0, 0);
    }
}
