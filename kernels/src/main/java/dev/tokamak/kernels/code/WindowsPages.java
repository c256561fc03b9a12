package dev.tokamak.kernels.code;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.HexFormat;

/// Pages by `VirtualAlloc`, `VirtualProtect` and `VirtualFree`; compiled but untested on Windows. Thread-safe.
final class WindowsPages implements CodePages {

    private static final int COMMIT_AND_RESERVE = 0x1000 | 0x2000;
    private static final int RELEASE = 0x8000;
    private static final int READ_WRITE = 0x04;
    private static final int EXECUTE_READ = 0x20;
    private static final long CURRENT_PROCESS = -1;

    /* push rdi; push rsi; sub rsp, 168; movaps [rsp + 16 * i], xmm(6 + i); touch each of the five pages below the stack
     * pointer in order, as the system wants before a page further down is written; mov rdi, rcx; mov rsi, rdx; mov rdx, r8;
     * mov rcx, r9; mov r8, [rsp + 224]; mov r9, [rsp + 232]; call the function, which starts right behind these 256 bytes;
     * then all in reverse, and int3 to the end. */
    private static final String BRIDGE =
            """
            57564881eca80000000f2934240f297c2410440f29442420440f294c2430440f\
            29542440440f295c2450440f29642460440f296c2470440f29b4248000000044\
            0f29bc24900000004885a42400f0ffff4885a42400e0ffff4885a42400d0ffff\
            4885a42400c0ffff4885a42400b0ffff4889cf4889d64c89c24c89c94c8b8424\
            e00000004c8b8c24e8000000e86f0000000f2834240f287c2410440f28442420\
            440f284c2430440f28542440440f285c2450440f28642460440f286c2470440f\
            28b42480000000440f28bc24900000004881c4a80000005e5fc3cccccccccccc\
            cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\
            """;

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

    @Override
    public byte[] bridge() {
        return bridgeBytes();
    }

    static byte[] bridgeBytes() {
        return HexFormat.of().parseHex(BRIDGE);
    }
}
