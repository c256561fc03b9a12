package dev.tokamak.kernels.arithmetic;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Scalar;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.assembler.Widening;

/// Writes the code that element-wise kernels share, for vectors of one width. Confined to one function.
///
/// Sixteen consecutive floats, the stride of sums, are one vector of 512 bits or two of 256; a "sixteen" is thus one or two
/// registers with consecutive numbers, its parts. Registers 14 and 15 and the mask k1 hold which lanes of an incomplete
/// sixteen exist, k2 is scratch, k3 to k6 are notes.
public sealed interface EmittedLanes<V extends Vector<V>> permits ZmmLanes, YmmLanes {

    /// Floats of a sixteen.
    int SIXTEEN = StridedSum.STRIDE;

    /// Bytes of a sixteen.
    int SIXTEEN_BYTES = SIXTEEN * Float.BYTES;

    /// Lanes of 256 bits or 512 bits.
    static EmittedLanes<?> of(int vectorBits) {
        return switch (vectorBits) {
            case 256 -> new YmmLanes();
            case 512 -> new ZmmLanes();
            default ->
                    throw new IllegalArgumentException(
                            "vectors have 256 or 512 bits, not " + vectorBits);
        };
    }

    Assembler code();

    /// Registers of a sixteen.
    int parts();

    /// How many registers there are.
    int registers();

    V register(int number);

    /// Four bytes that all lanes read.
    Address constant(int bits);

    default Address constant(float value) {
        return constant(Float.floatToRawIntBits(value));
    }

    /// Prepares for an incomplete sixteen of `remaining` floats, 0 to 15; both registers are overwritten.
    void prepareTail(Gpr remaining, Gpr scratch);

    /// The lanes that exist from memory, zeros in the others.
    void loadTail(V to, Address from, int part);

    /// The lanes that exist to memory.
    void storeTail(Address to, V from, int part);

    /// Zeros in the lanes that do not exist.
    void clearOutsideTail(V lanes, int part);

    /// `outside` in the lanes that do not exist.
    void fillOutsideTail(V lanes, V outside, int part, V scratch);

    /// Notes the lanes where a comparison holds; predicates as in [MaskCompare].
    ///
    /// @param slot number of the note, 0 to 3
    /// @param note a register that may hold it
    void note(int slot, V x, Address bound, int predicate, V note);

    /// `to = first * second` in the lanes noted, +0 in the others.
    void multiplyNoted(int slot, V to, V first, V second, V note);

    /// `replacement` in the lanes noted; ends the note.
    void replaceNoted(int slot, V lanes, V replacement, V note);

    /// A constant in the lanes noted; ends the note.
    void fillNoted(int slot, V lanes, float constant, V note);

    /// Puts the maximum of all lanes of one register into each of its lanes.
    void spreadMaximum(V x, V scratch);

    /// `replacement` in the lanes where `x` is greater than `y`.
    void replaceWhereGreater(V lanes, V replacement, V x, V y, V scratch);

    /// The lanes of a sixteen, which may be overwritten, where the comparison with one vector holds, as bits; predicates as in
    /// [MaskCompare].
    void compareToBits(Gpr to, int sixteen, V second, int predicate, Gpr scratch);

    /// Brings the sixteen down to one vector of 256 bits in its first register: lanes i and i + 8 are combined.
    void foldToEight(Ternary op, int sixteen, int scratch);

    /// Thirty-two bytes in a vector of 256 bits, from two sixteens of integers between -128 and 127 that are overwritten.
    ///
    /// @param order a register that holds [#byteOrder()]
    void packBytes(int sixteens, int order);

    /// What [#packBytes] needs in a register.
    Address byteOrder();

    // ---- what both widths have in common ----

    /// Begins a function with 128 bytes of scratch at rsp.
    default void enter() {
        code().enter(SCRATCH_BYTES);
    }

    default void leave() {
        code().leave();
    }

    /// Bytes that a function may use at rsp.
    int SCRATCH_BYTES = 2 * SIXTEEN_BYTES;

    default int vectorBytes() {
        return SIXTEEN_BYTES / parts();
    }

    /// Floats of one register.
    default int lanes() {
        return SIXTEEN / parts();
    }

    default void load(V to, Address from) {
        code().emit(Binary.VMOVUPS, to, from);
    }

    /// A part of a sixteen at `from`, complete or with zeros in the lanes that do not exist.
    default void load(V to, Address from, int part, boolean isTail) {
        Address address = from.plus(part * vectorBytes());
        if (isTail) {
            loadTail(to, address, part);
        } else {
            load(to, address);
        }
    }

    default void store(Address to, V from, int part, boolean isTail) {
        Address address = to.plus(part * vectorBytes());
        if (isTail) {
            storeTail(address, from, part);
        } else {
            code().emit(Store.VMOVUPS, address, from);
        }
    }

    default void broadcast(V to, float value) {
        code().emit(Widening.VBROADCASTSS, to, code().single(value));
    }

    default void broadcast(V to, Xmm from) {
        code().emit(Widening.VBROADCASTSS, to, from);
    }

    /// Zeros in a sixteen.
    default void clear(int sixteen) {
        for (int part = 0; part < parts(); part++) {
            V register = register(sixteen + part);
            code().emit(Ternary.VPXOR, register, register, register);
        }
    }

    /// The halving tree of [StridedSum]; the result is in the lowest lane of the first register.
    default void fold(Ternary op, int sixteen, int scratch) {
        foldToEight(op, sixteen, scratch);
        Xmm low = new Xmm(sixteen);
        Xmm other = new Xmm(scratch);
        code().emit(Store.Immediate.VEXTRACTF128, other, new Ymm(sixteen), 1);
        code().emit(op, low, low, other);
        code().emit(Binary.Immediate.VPERMILPS, other, low, 0x4E);
        code().emit(op, low, low, other);
        code().emit(Binary.Immediate.VPERMILPS, other, low, 0xB1);
        code().emit(op, low, low, other);
    }

    /// Part of a kernel that handles one sixteen.
    @FunctionalInterface
    interface Step {

        /// @param isTail whether the sixteen is incomplete
        void write(boolean isTail);
    }

    /// A loop over sixteens. In each step `index` is the sixteen's offset in bytes.
    ///
    /// @param count floats; overwritten
    /// @param limit overwritten
    /// @param scratch overwritten
    default void forEachSixteen(Gpr count, Gpr index, Gpr limit, Gpr scratch, Step step) {
        Assembler code = code();
        Label rest = new Label();
        Label done = new Label();
        code.emit(Arithmetic.XOR, index, index);
        code.move(limit, count);
        code.emit(Arithmetic.AND, limit, -SIXTEEN);
        code.shiftLeft(limit, 2);
        code.test(limit, limit);
        code.jumpIf(Condition.EQUAL, rest);
        code.align(16);
        Label next = code.here();
        step.write(false);
        code.emit(Arithmetic.ADD, index, SIXTEEN_BYTES);
        code.emit(Arithmetic.CMP, index, limit);
        code.jumpIf(Condition.BELOW, next);
        code.bind(rest);
        code.emit(Arithmetic.AND, count, SIXTEEN - 1);
        code.jumpIf(Condition.EQUAL, done);
        prepareTail(count, scratch);
        step.write(true);
        code.bind(done);
    }

    /// `1 / sqrt(mean of squares + epsilon)` in all lanes of a register: the first half of an RMS norm. Overwrites vectors 0
    /// to 3, the target may be one of them.
    ///
    /// @param input the row's address
    /// @param columns its length
    /// @param epsilon bits of an fp32 number
    /// @param scratch four registers
    default void inverseRootMeanSquare(V to, Gpr input, Gpr columns, Gpr epsilon, Gpr... scratch) {
        Assembler code = code();
        clear(0);
        Gpr count = scratch[0];
        Gpr index = scratch[1];
        code.move(count, columns);
        forEachSixteen(
                count,
                index,
                scratch[2],
                scratch[3],
                isTail -> {
                    for (int part = 0; part < parts(); part++) {
                        V x = register(2 + part);
                        load(x, Address.at(input, index, 1, 0), part, isTail);
                        code.emit(Ternary.VFMADD231PS, register(part), x, x);
                    }
                });
        fold(Ternary.VADDPS, 0, 2);
        divideSum(columns);
        inverseRoot(to, epsilon);
    }

    /// Divides the lowest lane of register 0 by an integer. Overwrites register 2.
    default void divideSum(Gpr columns) {
        Assembler code = code();
        Xmm sum = new Xmm(0);
        Xmm other = new Xmm(2);
        code.emit(Ternary.VPXOR, other, other, other);
        code.convertToFloat(other, other, columns);
        code.emit(Scalar.VDIVSS, sum, sum, other);
    }

    /// `1 / sqrt(x + epsilon)` in all lanes of a register, x being the lowest lane of register 0. Overwrites registers 0 and 2.
    ///
    /// @param epsilon bits of an fp32 number
    default void inverseRoot(V to, Gpr epsilon) {
        Assembler code = code();
        Xmm x = new Xmm(0);
        Xmm other = new Xmm(2);
        code.moveBits(other, epsilon);
        code.emit(Scalar.VADDSS, x, x, other);
        code.emit(Scalar.VSQRTSS, x, x, x);
        code.loadFloat(other, code.single(1f));
        code.emit(Scalar.VDIVSS, x, other, x);
        broadcast(to, x);
    }
}
