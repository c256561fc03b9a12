package dev.tokamak.kernels.arithmetic;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.MaskCompare;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Lanes of 256 bits with AVX2 and FMA; notes are lanes of ones or zeros in a register. Confined to one function.
final class YmmLanes implements EmittedLanes<Ymm> {

    private static final int LANES = 8;
    private static final int FIRST_TAIL = 14;
    private static final int REGISTERS = 16; // what VEX reaches
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    private final Assembler code = new Assembler();
    private final Map<Integer, Address> constants = new HashMap<>();
    private final Address tails = code.table(tailMasks());

    /// The masks of an incomplete sixteen with n floats start n words before the middle.
    private static int[] tailMasks() {
        int[] masks = new int[2 * SIXTEEN];
        Arrays.fill(masks, 0, SIXTEEN, -1);
        return masks;
    }

    @Override
    public Assembler code() {
        return code;
    }

    @Override
    public int parts() {
        return 2;
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
                ignored -> {
                    int[] lanes = new int[LANES];
                    Arrays.fill(lanes, bits);
                    return code.table(lanes);
                });
    }

    private static Ymm tail(int part) {
        return new Ymm(FIRST_TAIL + part);
    }

    @Override
    public void prepareTail(Gpr remaining, Gpr scratch) {
        code.lea(scratch, tails.plus(SIXTEEN_BYTES));
        code.shiftLeft(remaining, 2);
        code.emit(Arithmetic.SUB, scratch, remaining);
        load(tail(0), Address.at(scratch));
        load(tail(1), Address.at(scratch, vectorBytes()));
    }

    @Override
    public void loadTail(Ymm to, Address from, int part) {
        code.loadMasked(to, tail(part), from);
    }

    @Override
    public void storeTail(Address to, Ymm from, int part) {
        code.storeMasked(to, tail(part), from);
    }

    @Override
    public void clearOutsideTail(Ymm lanes, int part) {
        code.emit(Ternary.VPAND, lanes, lanes, tail(part));
    }

    @Override
    public void fillOutsideTail(Ymm lanes, Ymm outside, int part, Ymm scratch) {
        clearOutsideTail(lanes, part);
        code.emit(Ternary.VPANDN, scratch, tail(part), outside);
        code.emit(Ternary.VPOR, lanes, lanes, scratch);
    }

    @Override
    public void note(int slot, Ymm x, Address bound, int predicate, Ymm note) {
        code.emit(Ternary.Immediate.VCMPPS, note, x, bound, predicate);
    }

    @Override
    public void multiplyNoted(int slot, Ymm to, Ymm first, Ymm second, Ymm note) {
        code.emit(Ternary.VMULPS, to, first, second);
        code.emit(Ternary.VPAND, to, to, note);
    }

    @Override
    public void replaceNoted(int slot, Ymm lanes, Ymm replacement, Ymm note) {
        code.emit(Ternary.VPANDN, lanes, note, lanes);
        code.emit(Ternary.VPAND, note, note, replacement);
        code.emit(Ternary.VPOR, lanes, lanes, note);
    }

    @Override
    public void fillNoted(int slot, Ymm lanes, float constant, Ymm note) {
        code.emit(Ternary.VPANDN, lanes, note, lanes);
        code.emit(Ternary.VPAND, note, note, constant(constant));
        code.emit(Ternary.VPOR, lanes, lanes, note);
    }

    @Override
    public void spreadMaximum(Ymm x, Ymm scratch) {
        code.emit(Ternary.Immediate.VPERM2F128, scratch, x, x, 1);
        code.emit(Ternary.VMAXPS, x, x, scratch);
        code.emit(Binary.Immediate.VPERMILPS, scratch, x, SWAP_HALVES);
        code.emit(Ternary.VMAXPS, x, x, scratch);
        code.emit(Binary.Immediate.VPERMILPS, scratch, x, SWAP_NEIGHBOURS);
        code.emit(Ternary.VMAXPS, x, x, scratch);
    }

    @Override
    public void replaceWhereGreater(Ymm lanes, Ymm replacement, Ymm x, Ymm y, Ymm scratch) {
        code.emit(Ternary.Immediate.VCMPPS, scratch, x, y, MaskCompare.GREATER_QUIET);
        replaceNoted(0, lanes, replacement, scratch);
    }

    @Override
    public void compareToBits(Gpr to, int sixteen, Ymm second, int predicate, Gpr scratch) {
        Ymm low = register(sixteen);
        Ymm high = register(sixteen + 1);
        code.emit(Ternary.Immediate.VCMPPS, low, low, second, predicate);
        code.emit(Ternary.Immediate.VCMPPS, high, high, second, predicate);
        code.moveSigns(to, low);
        code.moveSigns(scratch, high);
        code.shiftLeft(scratch, LANES);
        code.emit(Arithmetic.OR, to, scratch);
    }

    @Override
    public void foldToEight(Ternary op, int sixteen, int scratch) {
        code.emit(op, register(sixteen), register(sixteen), register(sixteen + 1));
    }

    /* Packing keeps to 128 bits: the result's lower half has the lower halves of the four vectors, 4 bytes of each. */

    @Override
    public void packBytes(int sixteens, int order) {
        Ymm bytes = register(sixteens);
        Ymm others = register(sixteens + 2);
        code.emit(Ternary.VPACKSSDW, bytes, bytes, register(sixteens + 1));
        code.emit(Ternary.VPACKSSDW, others, others, register(sixteens + 3));
        code.emit(Ternary.VPACKSSWB, bytes, bytes, others);
        code.emit(Ternary.VPERMD, bytes, register(order), bytes);
    }

    @Override
    public Address byteOrder() {
        return code.table(0, 4, 1, 5, 2, 6, 3, 7);
    }
}
