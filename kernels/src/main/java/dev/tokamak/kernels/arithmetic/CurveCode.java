package dev.tokamak.kernels.arithmetic;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.MaskCompare;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import java.util.List;
import java.util.function.IntConsumer;

/// Emits [Exponential], [HyperbolicTangent] and [ErrorFunction] for the lanes of registers, which it overwrites. Confined
/// to one thread.
public final class CurveCode<V extends Vector<V>> {

    /* Exponentials of several registers go through each step together, so that their latencies overlap. Each needs four or
     * five more: the rounded sum, n (then r * r), the polynomial, and notes of the lanes above the lower bound and above the
     * upper one. The last are registers with 256 bits only. */

    /// Free registers that [#tanh] and [#onePlusErf] need.
    public static final int FREE = 9;

    private static final int MAGNITUDE = 0x7fffffff;
    private static final int SIGN = 0x80000000;

    private final EmittedLanes<V> lanes;
    private final Assembler code;

    public CurveCode(EmittedLanes<V> lanes) {
        this.lanes = lanes;
        code = lanes.code();
    }

    /// Replaces each operand, one or two, by its exponential.
    ///
    /// @param firstFree the first of `1 + 5 * operands` free registers
    public void exp(List<V> operands, int firstFree) {
        new Exponentials(operands, firstFree, true).emit();
    }

    /// Replaces each operand, up to four of which none is above [Exponential#HIGHEST], by its exponential.
    ///
    /// @param firstFree the first of `1 + 4 * operands` free registers
    public void expNotAboveHighest(List<V> operands, int firstFree) {
        new Exponentials(operands, firstFree, false).emit();
    }

    private final class Exponentials {

        private final List<V> operands;
        private final int firstFree;
        private final boolean bounded;

        Exponentials(List<V> operands, int firstFree, boolean bounded) {
            this.operands = operands;
            this.firstFree = firstFree;
            this.bounded = bounded;
        }

        private V rounded(int i) {
            return part(i, 0);
        }

        private V n(int i) {
            return part(i, 1);
        }

        private V polynomial(int i) {
            return part(i, 2);
        }

        private V part(int operand, int part) {
            return lanes.register(firstFree + 1 + (bounded ? 5 : 4) * operand + part);
        }

        /// The note of what is not too low, then that of what is too high.
        private void note(int i, int which, float bound, int predicate) {
            lanes.note(
                    slot(i, which),
                    operands.get(i),
                    lanes.constant(bound),
                    predicate,
                    part(i, 3 + which));
        }

        private int slot(int i, int which) {
            return bounded ? 2 * i + which : i;
        }

        private void each(IntConsumer step) {
            for (int i = 0; i < operands.size(); i++) {
                step.accept(i);
            }
        }

        void emit() {
            V rounder = lanes.register(firstFree);
            lanes.broadcast(rounder, Exponential.ROUNDER);
            each(i -> note(i, 0, Exponential.LOWEST, MaskCompare.NOT_LESS));
            if (bounded) {
                each(i -> note(i, 1, Exponential.HIGHEST, MaskCompare.GREATER_QUIET));
            }
            each(i -> code.emit(Binary.VMOVUPS, rounded(i), operands.get(i)));
            Address log2e = lanes.constant(Exponential.LOG2_E);
            each(i -> code.emit(Ternary.VFMADD132PS, rounded(i), rounder, log2e));
            each(i -> code.emit(Ternary.VSUBPS, n(i), rounded(i), rounder));
            for (float part : new float[] {-Exponential.LN2_HIGH, -Exponential.LN2_LOW}) {
                Address ln2 = lanes.constant(part);
                each(i -> code.emit(Ternary.VFMADD231PS, operands.get(i), n(i), ln2));
            }
            emitPolynomial();
            each(this::emitPower);
        }

        private void emitPolynomial() {
            each(i -> lanes.broadcast(polynomial(i), Exponential.C7));
            for (float coefficient :
                    new float[] {
                        Exponential.C6,
                        Exponential.C5,
                        Exponential.C4,
                        Exponential.C3,
                        Exponential.C2
                    }) {
                Address next = lanes.constant(coefficient);
                each(i -> code.emit(Ternary.VFMADD213PS, polynomial(i), operands.get(i), next));
            }
            each(i -> code.emit(Ternary.VMULPS, n(i), operands.get(i), operands.get(i)));
            each(i -> code.emit(Ternary.VFMADD213PS, polynomial(i), n(i), operands.get(i)));
            Address one = lanes.constant(1f);
            each(i -> code.emit(Ternary.VADDPS, polynomial(i), polynomial(i), one));
        }

        private void emitPower(int i) {
            V power = rounded(i);
            V operand = operands.get(i);
            code.emit(Binary.Shift.VPSLLD, power, power, Exponential.MANTISSA_BITS);
            code.emit(Ternary.VPADDD, power, power, lanes.constant(Exponential.ONE_BITS));
            lanes.multiplyNoted(slot(i, 0), operand, polynomial(i), power, part(i, 3));
            if (bounded) {
                lanes.fillNoted(slot(i, 1), operand, Float.POSITIVE_INFINITY, part(i, 4));
            }
        }
    }

    /// Replaces x by its hyperbolic tangent.
    ///
    /// @param firstFree the first of [#FREE] free registers
    public void tanh(V x, int firstFree) {
        V t = lanes.register(firstFree);
        V small = lanes.register(firstFree + 1);
        V large = lanes.register(firstFree + 2);
        V free = lanes.register(firstFree + 3);
        code.emit(Ternary.VPAND, t, x, lanes.constant(MAGNITUDE));
        code.emit(Ternary.VADDPS, large, t, t);
        exp(List.of(large), firstFree + 3);
        code.emit(Ternary.VADDPS, large, large, lanes.constant(1f));
        lanes.broadcast(free, 2f);
        code.emit(Ternary.VDIVPS, large, free, large);
        lanes.broadcast(free, 1f);
        code.emit(Ternary.VSUBPS, large, free, large);

        V s = free;
        code.emit(Ternary.VMULPS, s, t, t);
        polynomial(
                small,
                s,
                HyperbolicTangent.C9,
                HyperbolicTangent.C7,
                HyperbolicTangent.C5,
                HyperbolicTangent.C3);
        code.emit(Ternary.VMULPS, small, small, s);
        code.emit(Ternary.VFMADD213PS, small, t, t);
        V note = s;
        Address end = lanes.constant(HyperbolicTangent.POLYNOMIAL_END);
        lanes.note(0, t, end, MaskCompare.GREATER_QUIET, note);
        lanes.replaceNoted(0, small, large, note);
        code.emit(Ternary.VPAND, t, x, lanes.constant(SIGN));
        code.emit(Ternary.VPOR, x, small, t);
    }

    /// Replaces x by one plus its error function.
    ///
    /// @param firstFree the first of [#FREE] free registers
    public void onePlusErf(V x, int firstFree) {
        V t = lanes.register(firstFree);
        V s = lanes.register(firstFree + 1);
        V rest = lanes.register(firstFree + 2);
        V large = lanes.register(firstFree + 3);
        V note = lanes.register(firstFree + 4);
        code.emit(Ternary.VPAND, t, x, lanes.constant(MAGNITUDE));
        code.emit(Ternary.VMULPS, s, t, t);
        polynomial(rest, t, ErrorFunction.P7, ErrorFunction.P6);
        polynomial(large, t, ErrorFunction.P5, ErrorFunction.P4);
        code.emit(Ternary.VFMADD213PS, rest, s, large);
        for (float coefficient :
                new float[] {ErrorFunction.P3, ErrorFunction.P2, ErrorFunction.P1_PLUS_1}) {
            code.emit(Ternary.VFMADD213PS, rest, t, lanes.constant(coefficient));
        }
        code.emit(Ternary.VFMSUB213PS, rest, t, t);
        expNotAboveHighest(List.of(rest), firstFree + 3);
        lanes.broadcast(large, 2f);
        code.emit(Ternary.VSUBPS, large, large, rest);
        lanes.note(0, x, lanes.constant(0f), MaskCompare.LESS_QUIET, note);
        lanes.replaceNoted(0, large, rest, note);

        V small = rest;
        polynomial(
                small,
                s,
                ErrorFunction.C11,
                ErrorFunction.C9,
                ErrorFunction.C7,
                ErrorFunction.C5,
                ErrorFunction.C3,
                ErrorFunction.C1_MINUS_1);
        code.emit(Ternary.VFMADD213PS, small, x, x);
        code.emit(Ternary.VADDPS, x, small, lanes.constant(1f));
        Address end = lanes.constant(ErrorFunction.POLYNOMIAL_END);
        lanes.note(0, t, end, MaskCompare.GREATER_QUIET, note);
        lanes.replaceNoted(0, x, large, note);
    }

    /// Horner's scheme, the highest coefficient first.
    private void polynomial(V to, V x, float highest, float... coefficients) {
        lanes.broadcast(to, highest);
        for (float coefficient : coefficients) {
            code.emit(Ternary.VFMADD213PS, to, x, lanes.constant(coefficient));
        }
    }
}
