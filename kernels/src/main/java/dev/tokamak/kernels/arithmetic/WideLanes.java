package dev.tokamak.kernels.arithmetic;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Mask;
import dev.tokamak.kernels.assembler.MaskCompare;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Zmm;

/// Lanes of 512-bit registers; notes are masks. Confined to one thread.
record WideLanes(Assembler assembler) implements LaneCode<Zmm> {

    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    @Override
    public int lanes() {
        return 16;
    }

    @Override
    public int registers() {
        return Vector.COUNT;
    }

    @Override
    public Zmm register(int number) {
        return new Zmm(number);
    }

    @Override
    public Address constant(int bits) {
        return assembler.repeated(bits);
    }

    @Override
    public void spreadMaximum(Zmm x, Zmm free) {
        assembler.emit(Ternary.Immediate.VSHUFF32X4, free, x, x, SWAP_HALVES);
        assembler.emit(Ternary.VMAXPS, x, x, free);
        assembler.emit(Ternary.Immediate.VSHUFF32X4, free, x, x, SWAP_NEIGHBOURS);
        assembler.emit(Ternary.VMAXPS, x, x, free);
        assembler.emit(Binary.Immediate.VPERMILPS, free, x, SWAP_HALVES);
        assembler.emit(Ternary.VMAXPS, x, x, free);
        assembler.emit(Binary.Immediate.VPERMILPS, free, x, SWAP_NEIGHBOURS);
        assembler.emit(Ternary.VMAXPS, x, x, free);
    }

    @Override
    public void noteNotBelow(int slot, Zmm x, Address bound, Zmm note) {
        assembler.emit(MaskCompare.VCMPPS, mask(slot), x, bound, MaskCompare.NOT_LESS);
    }

    @Override
    public void multiplyNoted(int slot, Zmm to, Zmm first, Zmm second, Zmm note) {
        assembler.emit(Ternary.VMULPS, to, first, second, mask(slot).zeroing());
    }

    private static Mask mask(int slot) {
        return new Mask(slot + 1);
    }
}
