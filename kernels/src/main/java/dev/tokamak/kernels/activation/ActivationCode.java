package dev.tokamak.kernels.activation;

import dev.tokamak.kernels.arithmetic.CurveCode;
import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import java.util.List;
import java.util.function.Consumer;

/// Writes the machine code of the element-wise operations. Confined to one function.
final class ActivationCode<V extends Vector<V>> {

    /* Arguments: rdi the row that is read first, rsi the second, rdx where the result goes, rcx how many floats, r8 bits of
     * a factor. Of two operands `vminps` and `vmaxps` give the second when one is NaN or both are zeros, so that NaN stays and
     * relu keeps the sign of zero. */

    private static final int SIGN = 0x80000000;
    private static final int FREE = 2;
    private static final int FACTOR = 13;

    private final EmittedLanes<V> lanes;
    private final Assembler code;
    private final CurveCode<V> curves;
    private final V x;
    private final V other;

    private ActivationCode(EmittedLanes<V> lanes) {
        this.lanes = lanes;
        code = lanes.code();
        curves = new CurveCode<>(lanes);
        x = lanes.register(0);
        other = lanes.register(1);
    }

    static <V extends Vector<V>> byte[] gate(EmittedLanes<V> lanes, GateFunction function) {
        ActivationCode<V> code = new ActivationCode<>(lanes);
        return code.binary(
                false,
                c -> {
                    if (function.bounded()) {
                        c.clampForGate();
                    }
                    c.curve(function.curve());
                    c.code.emit(Ternary.VMULPS, c.x, c.x, c.other);
                });
    }

    static <V extends Vector<V>> byte[] apply(EmittedLanes<V> lanes, ElementFunction function) {
        return new ActivationCode<>(lanes).unary(false, c -> c.curve(function));
    }

    static <V extends Vector<V>> byte[] add(EmittedLanes<V> lanes) {
        return new ActivationCode<>(lanes)
                .binary(false, c -> c.code.emit(Ternary.VADDPS, c.x, c.x, c.other));
    }

    static <V extends Vector<V>> byte[] addScaled(EmittedLanes<V> lanes) {
        return new ActivationCode<>(lanes)
                .binary(
                        true,
                        c ->
                                c.code.emit(
                                        Ternary.VFMADD231PS,
                                        c.x,
                                        c.other,
                                        c.lanes.register(FACTOR)));
    }

    static <V extends Vector<V>> byte[] scale(EmittedLanes<V> lanes) {
        return new ActivationCode<>(lanes)
                .unary(true, c -> c.code.emit(Ternary.VMULPS, c.x, c.x, c.lanes.register(FACTOR)));
    }

    static <V extends Vector<V>> byte[] softcap(EmittedLanes<V> lanes) {
        return new ActivationCode<>(lanes)
                .unary(
                        true,
                        c -> {
                            V cap = c.lanes.register(FACTOR);
                            c.code.emit(Ternary.VDIVPS, c.x, c.x, cap);
                            c.curves.tanh(c.x, FREE);
                            c.code.emit(Ternary.VMULPS, c.x, c.x, cap);
                        });
    }

    private byte[] unary(boolean hasFactor, Consumer<ActivationCode<V>> step) {
        return loop(hasFactor, false, step);
    }

    private byte[] binary(boolean hasFactor, Consumer<ActivationCode<V>> step) {
        return loop(hasFactor, true, step);
    }

    private byte[] loop(boolean hasFactor, boolean hasOther, Consumer<ActivationCode<V>> step) {
        Gpr index = Gpr.RAX;
        lanes.enter();
        if (hasFactor) {
            code.moveBits(new Xmm(FACTOR), Gpr.R8);
            lanes.broadcast(lanes.register(FACTOR), new Xmm(FACTOR));
        }
        lanes.forEachSixteen(
                Gpr.RCX,
                index,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        lanes.load(x, Address.at(Gpr.RDI, index, 1, 0), part, isTail);
                        if (hasOther) {
                            lanes.load(other, Address.at(Gpr.RSI, index, 1, 0), part, isTail);
                        }
                        step.accept(this);
                        lanes.store(Address.at(Gpr.RDX, index, 1, 0), x, part, isTail);
                    }
                });
        lanes.leave();
        return code.assemble();
    }

    private void clampForGate() {
        V bound = lanes.register(FREE);
        lanes.broadcast(bound, GateFunction.BOUND);
        code.emit(Ternary.VMINPS, x, bound, x);
        code.emit(Ternary.VMINPS, other, bound, other);
        lanes.broadcast(bound, -GateFunction.BOUND);
        code.emit(Ternary.VMAXPS, other, bound, other);
        code.emit(Ternary.VADDPS, other, other, lanes.constant(1f));
    }

    /// Replaces x by the function of it.
    private void curve(ElementFunction function) {
        V z = lanes.register(FREE);
        switch (function) {
            case SILU -> {
                code.emit(Ternary.VPXOR, z, x, lanes.constant(SIGN));
                divideByOnePlusExp(z);
            }
            case GELU_TANH -> {
                V cubic = lanes.register(FREE + 1);
                code.emit(Ternary.VMULPS, z, x, x);
                lanes.broadcast(cubic, ElementFunction.GELU_LINEAR);
                code.emit(
                        Ternary.VFMADD231PS, cubic, z, lanes.constant(ElementFunction.GELU_CUBIC));
                code.emit(Ternary.VMULPS, z, x, cubic);
                code.emit(Ternary.VPXOR, z, z, lanes.constant(SIGN));
                divideByOnePlusExp(z);
            }
            case GELU_ERF -> {
                code.emit(Ternary.VMULPS, z, x, lanes.constant(ElementFunction.ROOT_OF_HALF));
                curves.onePlusErf(z, FREE + 1);
                code.emit(Ternary.VMULPS, x, x, lanes.constant(0.5f));
                code.emit(Ternary.VMULPS, x, x, z);
            }
            case QUICK_GELU -> {
                code.emit(Ternary.VMULPS, z, x, lanes.constant(ElementFunction.QUICK_FACTOR));
                code.emit(Ternary.VPXOR, z, z, lanes.constant(SIGN));
                divideByOnePlusExp(z);
            }
            case RELU -> relu(z);
            case RELU_SQUARED -> {
                relu(z);
                code.emit(Ternary.VMULPS, x, x, x);
            }
            case SIGMOID -> {
                code.emit(Ternary.VPXOR, z, x, lanes.constant(SIGN));
                lanes.broadcast(x, 1f);
                divideByOnePlusExp(z);
            }
            case TANH -> curves.tanh(x, FREE);
        }
    }

    /// `x = x / (1 + exp(z))`
    private void divideByOnePlusExp(V z) {
        curves.exp(List.of(z), FREE + 1);
        code.emit(Ternary.VADDPS, z, z, lanes.constant(1f));
        code.emit(Ternary.VDIVPS, x, x, z);
    }

    private void relu(V zero) {
        code.emit(Ternary.VPXOR, zero, zero, zero);
        code.emit(Ternary.VMAXPS, x, zero, x);
    }
}
