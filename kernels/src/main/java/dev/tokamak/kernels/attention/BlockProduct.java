package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Widening;

/// Emits the two products of attention for a block of query rows: scores from a page's keys, and outputs from its values.
/// Confined to one thread.
final class BlockProduct<V extends Vector<V>> {

    /* Both products have one inner step: some vectors of a page, converted once, times one scalar of each row, added to
     * rows x vectors running sums. For scores a step is one element of the keys and the vectors hold keys; for outputs a
     * step is one key and the vectors hold elements of its value. What is smaller, rows or vectors, stays in registers
     * during a step; the other passes through what is left. When not all vectors of a page fit, there are several passes.
     *
     * A value whose length is no multiple of the lanes ends in a part that is read so that it ends where the value ends and
     * is then rotated; what comes before it are other values or keys of the page. The lanes past the end are never used.
     *
     * Registers at the call: VECTORS the keys, or the value of the first key; RECORD the first row; START and END the scalars of
     * the first step and past the last one, in bytes; AHEAD the distance to the next page, for prefetching. */

    static final Gpr VECTORS = Gpr.RCX;
    static final Gpr RECORD = Gpr.R10;
    static final Gpr START = Gpr.R8;
    static final Gpr END = Gpr.R9;
    static final Gpr AHEAD = Gpr.R14;

    private static final Gpr CURSOR = Gpr.RAX;
    private static final Gpr SCALAR = Gpr.RDX;

    private static final int KEYS = KvLayout.PAGE_TOKENS;
    private static final int LINE_BYTES = 64;
    private static final int MOST_VECTORS = 8;
    private static final int STEPS_AT_ONCE = 4;

    private final EmittedLanes<V> lanes;
    private final Assembler assembler;
    private final AttentionShape shape;
    private final TileRow row;
    private final Address rotation;

    BlockProduct(EmittedLanes<V> lanes, AttentionShape shape) {
        this.lanes = lanes;
        this.shape = shape;
        assembler = lanes.code();
        row = shape.row();
        int tail = shape.valueDim() % lanes.lanes();
        int[] indices = new int[lanes.lanes()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = (i + indices.length - tail) % indices.length;
        }
        rotation = tail == 0 ? assembler.single(0) : assembler.table(indices);
    }

    /// A running product of some rows with some of the vectors: register numbers and what a step reads.
    private record Pass(
            int rows,
            int vectors,
            int firstVector,
            int stepBytes,
            int scalars,
            boolean values,
            boolean prefetch) {

        int sum(int r, int vector) {
            return r * vectors + vector;
        }

        int sums() {
            return rows * vectors;
        }

        boolean keepsVectors() {
            return vectors <= rows;
        }
    }

    /// Scores of all 32 keys, not yet scaled, times `scale`, which the caller left on the stack.
    ///
    /// @param scale where it is once the call has pushed its return address
    void emitScores(int rows, Address scale) {
        int all = KEYS / lanes.lanes();
        int most = vectorsAtOnce(rows, all, lanes.registers());
        int stepBytes = KEYS * shape.elementBytes();
        for (int first = 0; first < all; first += most) {
            Pass pass =
                    new Pass(
                            rows,
                            Math.min(most, all - first),
                            first,
                            stepBytes,
                            TileRow.QUERY,
                            false,
                            first == 0);
            for (int sum = 0; sum < pass.sums(); sum++) {
                assembler.emit(
                        Ternary.VPXOR,
                        lanes.register(sum),
                        lanes.register(sum),
                        lanes.register(sum));
            }
            assembler.move(CURSOR, VECTORS);
            assembler.move(SCALAR, 0);
            int whole = shape.keyDim() / STEPS_AT_ONCE * STEPS_AT_ONCE;
            if (whole > 0) {
                Label loop = assembler.here();
                emitSteps(pass, STEPS_AT_ONCE);
                assembler.emit(Arithmetic.CMP, SCALAR, whole * Float.BYTES);
                assembler.jumpIf(Condition.BELOW, loop);
            }
            emitSteps(pass, shape.keyDim() - whole);
            emitScaling(pass, scale);
        }
    }

    /// Ends a chain of scores.
    private void emitScaling(Pass pass, Address scale) {
        V factor = lanes.register(pass.sums());
        assembler.emit(Widening.VBROADCASTSS, factor, scale);
        for (int r = 0; r < pass.rows(); r++) {
            for (int vector = 0; vector < pass.vectors(); vector++) {
                V sum = lanes.register(pass.sum(r, vector));
                assembler.emit(Ternary.VMULPS, sum, sum, factor);
                assembler.emit(Store.VMOVUPS, rowVector(row.scores(), pass, r, vector), sum);
            }
        }
    }

    /// Adds the values of the keys from START to END, at least one, to the outputs.
    ///
    /// @param wholePage whether START and END are those of all 32 keys, which allows longer steps
    void emitValues(int rows, boolean wholePage) {
        int all = (shape.valueDim() + lanes.lanes() - 1) / lanes.lanes();
        boolean tail = shape.valueDim() % lanes.lanes() != 0;
        int most = vectorsAtOnce(rows, all, lanes.registers() - (tail ? 1 : 0));
        int stepBytes = shape.valueDim() * shape.elementBytes();
        if (tail) {
            assembler.emit(Binary.VMOVUPS, rotationRegister(), rotation);
        }
        for (int first = 0; first < all; first += most) {
            Pass pass =
                    new Pass(
                            rows,
                            Math.min(most, all - first),
                            first,
                            stepBytes,
                            row.scores(),
                            true,
                            first == 0 && wholePage);
            for (int r = 0; r < rows; r++) {
                for (int vector = 0; vector < pass.vectors(); vector++) {
                    assembler.emit(
                            Binary.VMOVUPS,
                            lanes.register(pass.sum(r, vector)),
                            rowVector(row.output(), pass, r, vector));
                }
            }
            assembler.move(CURSOR, VECTORS);
            assembler.move(SCALAR, START);
            Label loop = assembler.here();
            emitSteps(pass, wholePage ? STEPS_AT_ONCE : 1);
            assembler.emit(Arithmetic.CMP, SCALAR, END);
            assembler.jumpIf(Condition.BELOW, loop);
            for (int r = 0; r < rows; r++) {
                for (int vector = 0; vector < pass.vectors(); vector++) {
                    assembler.emit(
                            Store.VMOVUPS,
                            rowVector(row.output(), pass, r, vector),
                            lanes.register(pass.sum(r, vector)));
                }
            }
        }
    }

    /// As many vectors as registers allow, in passes of about equal size.
    private static int vectorsAtOnce(int rows, int all, int registers) {
        int most = Math.min(all, MOST_VECTORS);
        while (most > 1 && rows * most + Math.min(rows, most) + 1 > registers) {
            most--;
        }
        int passes = (all + most - 1) / most;
        return (all + passes - 1) / passes;
    }

    private void emitSteps(Pass pass, int steps) {
        for (int step = 0; step < steps; step++) {
            if (pass.keepsVectors()) {
                emitStepByRows(pass, step);
            } else {
                emitStepByVectors(pass, step);
            }
            for (int line = 0; pass.prefetch() && line < pass.stepBytes(); line += LINE_BYTES) {
                assembler.prefetch(Address.at(CURSOR, AHEAD, 1, step * pass.stepBytes() + line));
            }
        }
        if (steps > 0) {
            assembler.emit(Arithmetic.ADD, CURSOR, steps * pass.stepBytes());
            assembler.emit(Arithmetic.ADD, SCALAR, steps * Float.BYTES);
        }
    }

    private void emitStepByRows(Pass pass, int step) {
        for (int vector = 0; vector < pass.vectors(); vector++) {
            emitLoad(pass, pass.sums() + vector, vector, step);
        }
        V scalar = lanes.register(pass.sums() + pass.vectors());
        for (int r = 0; r < pass.rows(); r++) {
            assembler.emit(Widening.VBROADCASTSS, scalar, scalar(pass, r, step));
            for (int vector = 0; vector < pass.vectors(); vector++) {
                assembler.emit(
                        Ternary.VFMADD231PS,
                        lanes.register(pass.sum(r, vector)),
                        lanes.register(pass.sums() + vector),
                        scalar);
            }
        }
    }

    private void emitStepByVectors(Pass pass, int step) {
        for (int r = 0; r < pass.rows(); r++) {
            V scalar = lanes.register(pass.sums() + r);
            assembler.emit(Widening.VBROADCASTSS, scalar, scalar(pass, r, step));
        }
        int free = pass.sums() + pass.rows();
        for (int vector = 0; vector < pass.vectors(); vector++) {
            emitLoad(pass, free, vector, step);
            for (int r = 0; r < pass.rows(); r++) {
                assembler.emit(
                        Ternary.VFMADD231PS,
                        lanes.register(pass.sum(r, vector)),
                        lanes.register(free),
                        lanes.register(pass.sums() + r));
            }
        }
    }

    private Address scalar(Pass pass, int r, int step) {
        int displacement = r * row.strideBytes() + pass.scalars() + step * Float.BYTES;
        return Address.at(RECORD, SCALAR, 1, displacement);
    }

    private Address rowVector(int part, Pass pass, int r, int vector) {
        int element = (pass.firstVector() + vector) * lanes.lanes();
        return Address.at(RECORD, r * row.strideBytes() + part + element * Float.BYTES);
    }

    /// One vector of the page's elements in fp32.
    private void emitLoad(Pass pass, int number, int vector, int step) {
        int element = (pass.firstVector() + vector) * lanes.lanes();
        boolean tail = pass.values() && element + lanes.lanes() > shape.valueDim();
        int from = tail ? shape.valueDim() - lanes.lanes() : element;
        Address address = Address.at(CURSOR, step * pass.stepBytes() + from * shape.elementBytes());
        V register = lanes.register(number);
        if (shape.type() == KvType.F16) {
            assembler.emit(Widening.VCVTPH2PS, register, address);
        } else {
            assembler.emit(Binary.VMOVUPS, register, address);
        }
        if (tail) {
            assembler.emit(Ternary.VPERMPS, register, rotationRegister(), register);
        }
    }

    private V rotationRegister() {
        return lanes.register(lanes.registers() - 1);
    }
}
