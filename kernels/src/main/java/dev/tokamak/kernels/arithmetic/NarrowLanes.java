package dev.tokamak.kernels.arithmetic;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.MaskCompare;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Lanes of 256-bit registers; notes are lanes of ones or zeros in a register. Confined to one thread.
final class NarrowLanes implements LaneCode<Ymm> {

    private static final int LANES = 8;
    private static final int REGISTERS = 16; // what VEX reaches
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    private final Assembler assembler;
    private final Map<Integer, Address> constants = new HashMap<>();

    NarrowLanes(Assembler assembler) {
        this.assembler = assembler;
    }

    @Override
    public Assembler assembler() {
        return assembler;
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int registers() {
        return REGISTERS;
    }

    @Override
    public Ymm register(int number) {
        return new Ymm(number);
    }

    @Override
    public Address constant(int bits) {
        return constants.computeIfAbsent(
                bits,
                key -> {
                    int[] lanes = new int[LANES];
                    Arrays.fill(lanes, key);
                    return assembler.table(lanes);
                });
    }

    @Override
    public void spreadMaximum(Ymm x, Ymm free) {
        assembler.emit(Ternary.Immediate.VPERM2F128, free, x, x, 1);
        assembler.emit(Ternary.VMAXPS, x, x, free);
        assembler.emit(Binary.Immediate.VPERMILPS, free, x, SWAP_HALVES);
        assembler.emit(Ternary.VMAXPS, x, x, free);
        assembler.emit(Binary.Immediate.VPERMILPS, free, x, SWAP_NEIGHBOURS);
        assembler.emit(Ternary.VMAXPS, x, x, free);
    }

    @Override
    public void noteNotBelow(int slot, Ymm x, Address bound, Ymm note) {
        assembler.emit(Ternary.Immediate.VCMPPS, note, x, bound, MaskCompare.NOT_LESS);
    }

    @Override
    public void multiplyNoted(int slot, Ymm to, Ymm first, Ymm second, Ymm note) {
        assembler.emit(Ternary.VMULPS, to, first, second);
        assembler.emit(Ternary.VPAND, to, to, note);
    }
}
