package dev.tokamak.kernels.assembler;

import dev.tokamak.kernels.assembler.Vector.Xmm;

/// The beginning and end of a function: kept registers, arguments and scratch memory. Confined to one assembler.
final class Frame {

    /* From rbp down: kept registers, a gap for alignment, on Windows xmm6 to xmm15, scratch memory at rsp. */

    private static final Gpr[] KEPT = {Gpr.RBX, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15};
    private static final int FIRST_KEPT_VECTOR = 6;
    private static final int WINDOWS_KEPT_VECTORS = 10;
    private static final int VECTOR_BYTES = 16;

    private final Assembler assembler;
    private final boolean windows;
    private final int scratchBytes;

    Frame(Assembler assembler, CallingConvention convention, int scratchBytes) {
        this.assembler = assembler;
        windows = convention == CallingConvention.WINDOWS;
        this.scratchBytes = (scratchBytes + VECTOR_BYTES - 1) & -VECTOR_BYTES;
    }

    void enter() {
        assembler.push(Gpr.RBP);
        assembler.move(Gpr.RBP, Gpr.RSP);
        for (Gpr register : KEPT) {
            assembler.push(register);
        }
        if (windows) {
            assembler.push(Gpr.RDI);
            assembler.push(Gpr.RSI);
        }
        int vectorBytes = windows ? WINDOWS_KEPT_VECTORS * VECTOR_BYTES : 0;
        assembler.emit(Arithmetic.SUB, Gpr.RSP, scratchBytes + vectorBytes);
        assembler.emit(Arithmetic.AND, Gpr.RSP, -64);
        if (windows) {
            for (int i = 0; i < WINDOWS_KEPT_VECTORS; i++) {
                assembler.emit(Store.VMOVUPS, vectorSlot(i), new Xmm(FIRST_KEPT_VECTOR + i));
            }
            assembler.move(Gpr.RDI, Gpr.RCX);
            assembler.move(Gpr.RSI, Gpr.RDX);
            assembler.move(Gpr.RDX, Gpr.R8);
            assembler.move(Gpr.RCX, Gpr.R9);
            assembler.load(Gpr.R8, Address.at(Gpr.RBP, 48));
            assembler.load(Gpr.R9, Address.at(Gpr.RBP, 56));
        }
    }

    void leave() {
        assembler.vzeroupper();
        int pushed = KEPT.length;
        if (windows) {
            for (int i = 0; i < WINDOWS_KEPT_VECTORS; i++) {
                assembler.emit(Binary.VMOVUPS, new Xmm(FIRST_KEPT_VECTOR + i), vectorSlot(i));
            }
            pushed += 2;
        }
        assembler.lea(Gpr.RSP, Address.at(Gpr.RBP, -8 * pushed));
        if (windows) {
            assembler.pop(Gpr.RSI);
            assembler.pop(Gpr.RDI);
        }
        for (int i = KEPT.length - 1; i >= 0; i--) {
            assembler.pop(KEPT[i]);
        }
        assembler.pop(Gpr.RBP);
        assembler.ret();
    }

    private Address vectorSlot(int index) {
        return Address.at(Gpr.RSP, scratchBytes + index * VECTOR_BYTES);
    }
}
