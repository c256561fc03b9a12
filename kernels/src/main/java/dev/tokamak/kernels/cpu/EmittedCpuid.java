package dev.tokamak.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;

/// The answers of the processor that this runs on, by emitted code. Confined to one thread; usable while its code memory
/// is open.
final class EmittedCpuid implements Cpuid {

    /* No function here uses AVX, not even vzeroupper: whether it exists is what they are to find out. */

    private static final int TILE_DATA_STATE = 18;
    private static final int ARCH_REQ_XCOMP_PERM = 0x1023;

    /// `mov eax, 158; syscall; ret`: arch_prctl of x86-64 Linux, its arguments already in rdi and rsi.
    private static final byte[] ARCH_PRCTL = {
        (byte) 0xB8, (byte) 0x9E, 0, 0, 0, 0x0F, 0x05, (byte) 0xC3
    };

    private final EmittedFunction cpuid;
    private final EmittedFunction xgetbv;
    private final EmittedFunction archPrctl;
    private final boolean linux;

    EmittedCpuid(CodeMemory memory) {
        List<EmittedFunction> functions =
                memory.publish(
                        List.of(
                                new Draft("cpuid", cpuidCode()),
                                new Draft("xgetbv", xgetbvCode()),
                                new Draft("arch_prctl", ARCH_PRCTL)));
        cpuid = functions.get(0);
        xgetbv = functions.get(1);
        archPrctl = functions.get(2);
        linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux");
    }

    /// A function of leaf, subleaf and the address of four ints for eax, ebx, ecx and edx.
    private static byte[] cpuidCode() {
        Assembler code = new Assembler();
        Gpr answer = Gpr.R8;
        code.push(Gpr.RBX);
        code.move(Gpr.RAX, Gpr.RDI);
        code.move(Gpr.RCX, Gpr.RSI);
        code.move(answer, Gpr.RDX);
        code.cpuid();
        code.storeInt(Address.at(answer), Gpr.RAX);
        code.storeInt(Address.at(answer, 4), Gpr.RBX);
        code.storeInt(Address.at(answer, 8), Gpr.RCX);
        code.storeInt(Address.at(answer, 12), Gpr.RDX);
        code.pop(Gpr.RBX);
        code.ret();
        return code.assemble();
    }

    private static byte[] xgetbvCode() {
        Assembler code = new Assembler();
        code.move(Gpr.RCX, 0);
        code.xgetbv();
        code.shiftLeft(Gpr.RDX, 32);
        code.emit(Arithmetic.OR, Gpr.RAX, Gpr.RDX);
        code.ret();
        return code.assemble();
    }

    @Override
    public Registers ask(int leaf, int subleaf) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment answer = arena.allocate(JAVA_INT, 4);
            cpuid.callBriefly(leaf, subleaf, answer.address(), 0, 0, 0);
            return new Registers(
                    answer.getAtIndex(JAVA_INT, 0),
                    answer.getAtIndex(JAVA_INT, 1),
                    answer.getAtIndex(JAVA_INT, 2),
                    answer.getAtIndex(JAVA_INT, 3));
        }
    }

    @Override
    public long xcr0() {
        return xgetbv.callBriefly(0, 0, 0, 0, 0, 0);
    }

    /// Elsewhere than on Linux no permission is needed, if the system saves tiles at all.
    @Override
    public boolean requestTiles() {
        return !linux
                || archPrctl.callBriefly(ARCH_REQ_XCOMP_PERM, TILE_DATA_STATE, 0, 0, 0, 0) == 0;
    }
}
