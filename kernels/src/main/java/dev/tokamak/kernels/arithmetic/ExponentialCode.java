package dev.tokamak.kernels.arithmetic;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Widening;
import java.util.List;
import java.util.function.IntConsumer;

/// Emits [Exponential#exp] of the lanes of registers. Confined to one thread.
public final class ExponentialCode<V extends Vector<V>> {

    /* Several registers go through each step together, so that their latencies overlap. Each needs four more: the rounded
     * sum, n (then r * r), the polynomial, and a note of the lanes above the lower bound. */

    private static final int PER_OPERAND = 4;

    private final LaneCode<V> lanes;
    private final Assembler assembler;

    public ExponentialCode(LaneCode<V> lanes) {
        this.lanes = lanes;
        assembler = lanes.assembler();
    }

    /// Free registers that this many operands need.
    public static int freeRegisters(int operands) {
        return 1 + PER_OPERAND * operands;
    }

    /// Replaces each operand, none of which is above [Exponential#HIGHEST], by its exponential.
    ///
    /// @param firstFree the first of the free registers
    public void emitNotAboveHighest(List<V> operands, int firstFree) {
        V rounder = lanes.register(firstFree);
        int count = operands.size();
        load(rounder, Exponential.ROUNDER);
        each(
                count,
                i ->
                        lanes.noteNotBelow(
                                i,
                                operands.get(i),
                                lanes.constant(Exponential.LOWEST),
                                part(firstFree, i, 3)));
        each(count, i -> assembler.emit(Binary.VMOVUPS, part(firstFree, i, 0), operands.get(i)));
        each(
                count,
                i ->
                        assembler.emit(
                                Ternary.VFMADD132PS,
                                part(firstFree, i, 0),
                                rounder,
                                lanes.constant(Exponential.LOG2_E)));
        each(
                count,
                i ->
                        assembler.emit(
                                Ternary.VSUBPS,
                                part(firstFree, i, 1),
                                part(firstFree, i, 0),
                                rounder));
        for (float part : new float[] {-Exponential.LN2_HIGH, -Exponential.LN2_LOW}) {
            each(
                    count,
                    i ->
                            assembler.emit(
                                    Ternary.VFMADD231PS,
                                    operands.get(i),
                                    part(firstFree, i, 1),
                                    lanes.constant(part)));
        }
        polynomial(operands, firstFree);
        each(count, i -> multiplyByPower(operands.get(i), firstFree, i));
    }

    private void polynomial(List<V> operands, int firstFree) {
        int count = operands.size();
        each(count, i -> load(part(firstFree, i, 2), Exponential.C7));
        for (float coefficient :
                new float[] {
                    Exponential.C6, Exponential.C5, Exponential.C4, Exponential.C3, Exponential.C2
                }) {
            Address next = lanes.constant(coefficient);
            each(
                    count,
                    i ->
                            assembler.emit(
                                    Ternary.VFMADD213PS,
                                    part(firstFree, i, 2),
                                    operands.get(i),
                                    next));
        }
        each(
                count,
                i ->
                        assembler.emit(
                                Ternary.VMULPS,
                                part(firstFree, i, 1),
                                operands.get(i),
                                operands.get(i)));
        each(
                count,
                i ->
                        assembler.emit(
                                Ternary.VFMADD213PS,
                                part(firstFree, i, 2),
                                part(firstFree, i, 1),
                                operands.get(i)));
        each(
                count,
                i -> {
                    V q = part(firstFree, i, 2);
                    assembler.emit(Ternary.VADDPS, q, q, lanes.constant(1f));
                });
    }

    private void multiplyByPower(V operand, int firstFree, int i) {
        V power = part(firstFree, i, 0);
        assembler.emit(Binary.Shift.VPSLLD, power, power, Exponential.MANTISSA_BITS);
        assembler.emit(Ternary.VPADDD, power, power, lanes.constant(Exponential.ONE_BITS));
        lanes.multiplyNoted(i, operand, part(firstFree, i, 2), power, part(firstFree, i, 3));
    }

    private V part(int firstFree, int operand, int part) {
        return lanes.register(firstFree + 1 + PER_OPERAND * operand + part);
    }

    private void load(V to, float number) {
        assembler.emit(Widening.VBROADCASTSS, to, assembler.single(number));
    }

    private static void each(int count, IntConsumer step) {
        for (int i = 0; i < count; i++) {
            step.accept(i);
        }
    }
}
