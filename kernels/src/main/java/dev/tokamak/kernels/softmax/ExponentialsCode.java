package dev.tokamak.kernels.softmax;

import dev.tokamak.kernels.arithmetic.CurveCode;
import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Scalar;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import java.util.List;

/// Writes the machine code that sums exponentials of logits. Immutable.
final class ExponentialsCode {

    private static final int NAN_BITS = 0x7fc00000;

    private static final int SUMS = 0;
    private static final int MAGNITUDES = 2;
    private static final int X = 4;
    private static final int SCRATCH = 9;
    private static final int TOTAL = 11;
    private static final int MAX = 12;
    private static final int FACTOR = 13;

    private ExponentialsCode() {}

    /// rdi logits, rsi output, rdx count, rcx bits of the inverse temperature; rax bits of the sum and, above them, those
    /// of the largest logit.
    ///
    /// @param stores whether exponentials are stored and logits scaled
    static <V extends Vector<V>> byte[] write(EmittedLanes<V> lanes, boolean stores) {
        Assembler code = lanes.code();
        CurveCode<V> curves = new CurveCode<>(lanes);
        lanes.enter();
        max(lanes);
        Xmm total = new Xmm(TOTAL);
        code.emit(Ternary.VPXOR, total, total, total);
        if (stores) {
            code.moveBits(new Xmm(FACTOR), Gpr.RCX);
            lanes.broadcast(lanes.register(FACTOR), new Xmm(FACTOR));
        }
        Label nextChunk = code.here();
        lanes.clear(SUMS);
        Gpr count = Gpr.RAX;
        Gpr index = Gpr.R8;
        code.move(count, ScalarSoftmax.CHUNK);
        code.emit(Arithmetic.CMP, Gpr.RDX, count);
        code.moveIf(Condition.LESS, count, Gpr.RDX);
        lanes.forEachSixteen(
                count,
                index,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        V x = lanes.register(X);
                        lanes.load(x, Address.at(Gpr.RDI, index, 1, 0), part, isTail);
                        code.emit(Ternary.VSUBPS, x, x, lanes.register(MAX));
                        if (stores) {
                            code.emit(Ternary.VMULPS, x, x, lanes.register(FACTOR));
                        }
                        curves.exp(List.of(x), X + 1);
                        if (stores) {
                            Address to = Address.at(Gpr.RSI, index, 1, 0);
                            lanes.store(to, x, part, isTail);
                        }
                        if (isTail) {
                            lanes.clearOutsideTail(x, part);
                        }
                        V sums = lanes.register(SUMS + part);
                        code.emit(Ternary.VADDPS, sums, sums, x);
                    }
                });
        lanes.fold(Ternary.VADDPS, SUMS, SCRATCH);
        code.emit(Scalar.VADDSS, total, total, new Xmm(SUMS));
        code.emit(Arithmetic.ADD, Gpr.RDI, ScalarSoftmax.CHUNK * Float.BYTES);
        code.emit(Arithmetic.ADD, Gpr.RSI, ScalarSoftmax.CHUNK * Float.BYTES);
        code.emit(Arithmetic.SUB, Gpr.RDX, ScalarSoftmax.CHUNK);
        code.jumpIf(Condition.GREATER, nextChunk);

        code.moveBits(Gpr.RAX, total);
        code.moveBits(Gpr.RCX, new Xmm(MAX));
        code.shiftLeft(Gpr.RCX, Integer.SIZE);
        code.emit(Arithmetic.OR, Gpr.RAX, Gpr.RCX);
        lanes.leave();
        return code.assemble();
    }

    /// The largest of rdx floats at rdi in all lanes; NaN when one is NaN.
    private static <V extends Vector<V>> void max(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        V lowest = lanes.register(MAX);
        lanes.broadcast(lowest, Float.NEGATIVE_INFINITY);
        lanes.clear(MAGNITUDES);
        for (int part = 0; part < lanes.parts(); part++) {
            code.emit(Binary.VMOVUPS, lanes.register(SUMS + part), lowest);
        }
        code.move(Gpr.RAX, Gpr.RDX);
        lanes.forEachSixteen(
                Gpr.RAX,
                Gpr.R8,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        V x = lanes.register(X);
                        V magnitude = lanes.register(X + 1);
                        V magnitudes = lanes.register(MAGNITUDES + part);
                        V maxima = lanes.register(SUMS + part);
                        lanes.load(x, Address.at(Gpr.RDI, Gpr.R8, 1, 0), part, isTail);
                        Address mask = lanes.constant(ExtremesCode.MAGNITUDE);
                        code.emit(Ternary.VPAND, magnitude, x, mask);
                        code.emit(Ternary.VPMAXSD, magnitudes, magnitudes, magnitude);
                        if (isTail) {
                            lanes.fillOutsideTail(x, lowest, part, magnitude);
                        }
                        code.emit(Ternary.VMAXPS, maxima, x, maxima);
                    }
                });
        lanes.fold(Ternary.VMAXPS, SUMS, SCRATCH);
        lanes.fold(Ternary.VPMAXSD, MAGNITUDES, SCRATCH);
        Xmm max = new Xmm(SUMS);
        Label isNumber = new Label();
        code.moveBits(Gpr.RAX, new Xmm(MAGNITUDES));
        code.emit(Arithmetic.CMP, Gpr.RAX, ExtremesCode.INFINITY_BITS);
        code.jumpIf(Condition.BELOW_OR_EQUAL, isNumber);
        code.move(Gpr.RAX, NAN_BITS);
        code.moveBits(max, Gpr.RAX);
        code.bind(isNumber);
        lanes.broadcast(lanes.register(MAX), max);
    }
}
