package dev.tokamak.kernels.arithmetic;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Mask;
import dev.tokamak.kernels.assembler.MaskCompare;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import dev.tokamak.kernels.assembler.Widening;

/// Lanes of 512 bits with AVX-512 F, BW, DQ and VL; notes are masks. Confined to one function.
final class ZmmLanes implements EmittedLanes<Zmm> {

    private static final Mask TAIL = new Mask(1);
    private static final Mask HOLDS = new Mask(2);
    private static final int FIRST_NOTE = 3;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    private final Assembler code = new Assembler();
    private final Address tails = code.table(tailMasks());

    private static int[] tailMasks() {
        int[] masks = new int[SIXTEEN];
        for (int remaining = 0; remaining < SIXTEEN; remaining++) {
            masks[remaining] = (1 << remaining) - 1;
        }
        return masks;
    }

    @Override
    public Assembler code() {
        return code;
    }

    @Override
    public int parts() {
        return 1;
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
        return code.repeated(bits);
    }

    @Override
    public void prepareTail(Gpr remaining, Gpr scratch) {
        code.lea(scratch, tails);
        code.loadInt(scratch, Address.at(scratch, remaining, 4, 0));
        code.move(TAIL, scratch);
    }

    @Override
    public void loadTail(Zmm to, Address from, int part) {
        code.emit(Binary.VMOVUPS, to, from, TAIL.zeroing());
    }

    @Override
    public void storeTail(Address to, Zmm from, int part) {
        code.emit(Store.VMOVUPS, to, from, TAIL.merging());
    }

    @Override
    public void clearOutsideTail(Zmm lanes, int part) {
        code.emit(Binary.VMOVUPS, lanes, lanes, TAIL.zeroing());
    }

    @Override
    public void fillOutsideTail(Zmm lanes, Zmm outside, int part, Zmm scratch) {
        code.not(HOLDS, TAIL);
        code.emit(Binary.VMOVUPS, lanes, outside, HOLDS.merging());
    }

    private static Mask mask(int slot) {
        return new Mask(FIRST_NOTE + slot);
    }

    @Override
    public void note(int slot, Zmm x, Address bound, int predicate, Zmm note) {
        code.emit(MaskCompare.VCMPPS, mask(slot), x, bound, predicate);
    }

    @Override
    public void multiplyNoted(int slot, Zmm to, Zmm first, Zmm second, Zmm note) {
        code.emit(Ternary.VMULPS, to, first, second, mask(slot).zeroing());
    }

    @Override
    public void replaceNoted(int slot, Zmm lanes, Zmm replacement, Zmm note) {
        code.emit(Binary.VMOVUPS, lanes, replacement, mask(slot).merging());
    }

    @Override
    public void fillNoted(int slot, Zmm lanes, float constant, Zmm note) {
        code.emit(Widening.VBROADCASTSS, lanes, code.single(constant), mask(slot).merging());
    }

    @Override
    public void spreadMaximum(Zmm x, Zmm scratch) {
        code.emit(Ternary.Immediate.VSHUFF32X4, scratch, x, x, SWAP_HALVES);
        code.emit(Ternary.VMAXPS, x, x, scratch);
        code.emit(Ternary.Immediate.VSHUFF32X4, scratch, x, x, SWAP_NEIGHBOURS);
        code.emit(Ternary.VMAXPS, x, x, scratch);
        code.emit(Binary.Immediate.VPERMILPS, scratch, x, SWAP_HALVES);
        code.emit(Ternary.VMAXPS, x, x, scratch);
        code.emit(Binary.Immediate.VPERMILPS, scratch, x, SWAP_NEIGHBOURS);
        code.emit(Ternary.VMAXPS, x, x, scratch);
    }

    @Override
    public void replaceWhereGreater(Zmm lanes, Zmm replacement, Zmm x, Zmm y, Zmm scratch) {
        code.emit(MaskCompare.VCMPPS, HOLDS, x, y, MaskCompare.GREATER_QUIET);
        code.emit(Binary.VMOVUPS, lanes, replacement, HOLDS.merging());
    }

    @Override
    public void compareToBits(Gpr to, int sixteen, Zmm second, int predicate, Gpr scratch) {
        code.emit(MaskCompare.VCMPPS, HOLDS, register(sixteen), second, predicate);
        code.move(to, HOLDS);
    }

    @Override
    public void foldToEight(Ternary op, int sixteen, int scratch) {
        code.emit(Store.Immediate.VEXTRACTF64X4, new Ymm(scratch), register(sixteen), 1);
        code.emit(op, new Ymm(sixteen), new Ymm(sixteen), new Ymm(scratch));
    }

    /* Packing keeps to 128 bits: of the result's quarter i, the first 4 bytes are integers 4i of the first sixteen, the
     * next those of the second. */

    @Override
    public void packBytes(int sixteens, int order) {
        Zmm bytes = register(sixteens);
        code.emit(Ternary.VPACKSSDW, bytes, bytes, register(sixteens + 1));
        code.emit(Ternary.VPACKSSWB, bytes, bytes, bytes);
        code.emit(Ternary.VPERMD, bytes, register(order), bytes);
    }

    @Override
    public Address byteOrder() {
        return code.table(0, 4, 8, 12, 1, 5, 9, 13, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
