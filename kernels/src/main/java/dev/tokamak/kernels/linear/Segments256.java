package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.CMP;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Binary.VMOVUPS;
import static dev.tokamak.kernels.assembler.Ternary.VADDPS;
import static dev.tokamak.kernels.assembler.Ternary.VPXOR;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Vector.Ymm;

/// The segments of a tile of one group and a few tokens in registers of 256 bits: each starts at zero and is added to the
/// totals, which go to the output at the end. Confined to one thread.
final class Segments256 {

    /* Scratch memory from TileLoops.SCRATCH_OFFSET: what is left of the row, totals, running sums. Totals and sums are two
     * vectors for each token, so those of a token are its 16 rows. */

    private static final int MOST_VECTORS = 8;
    private static final int VECTOR_BYTES = 32;
    private static final int TOTALS_OFFSET = TileLoops.SCRATCH_OFFSET + 64;
    private static final int SUMS_OFFSET = TOTALS_OFFSET + MOST_VECTORS * VECTOR_BYTES;

    /// Where scratch memory is free for the tile's body.
    static final int SCRATCH_END = SUMS_OFFSET + MOST_VECTORS * VECTOR_BYTES;

    static final int LINE_BYTES = 64;

    /// How far ahead of a stream of weights lines are asked for, which bridges the page borders where the processor's own
    /// prefetchers stop.
    static final int PREFETCH_BYTES = 4096;

    private static final Address LEFT = Address.at(Gpr.RSP, TileLoops.SCRATCH_OFFSET);
    private static final Gpr COUNT = TileLoops.FREE_3;
    private static final Gpr SEGMENT_LEFT = TileLoops.FREE_4;
    private static final int ALL_ROWS = (1 << PackedWeights.GROUP_ROWS) - 1;
    private static final Ymm VALUE = new Ymm(8);

    private final Assembler code;
    private final int tokens;

    Segments256(Assembler code, int tokens) {
        this.code = code;
        this.tokens = tokens;
    }

    /// Where the running sum with this number is when it is not in a register.
    static Address sum(int number) {
        return Address.at(Gpr.RSP, SUMS_OFFSET + number * VECTOR_BYTES);
    }

    private static Address total(int number) {
        return Address.at(Gpr.RSP, TOTALS_OFFSET + number * VECTOR_BYTES);
    }

    /// Emits the tile.
    ///
    /// @param segmentLength columns, or blocks of them, of a segment
    /// @param firstSum the register of the first running sum; negative when they are in memory
    /// @param segment emits the products of the segment whose length is in [TileLoops#FREE_4]
    void emit(int segmentLength, int firstSum, Runnable segment) {
        int vectors = 2 * tokens;
        code.emit(VPXOR, VALUE, VALUE, VALUE);
        for (int i = 0; i < vectors; i++) {
            code.emit(Store.VMOVUPS, total(i), VALUE);
        }
        code.load(COUNT, TileLoops.COLUMNS);
        Label top = code.here();
        clearSums(vectors, firstSum);
        code.move(SEGMENT_LEFT, segmentLength);
        code.emit(CMP, COUNT, segmentLength);
        code.moveIf(Condition.LESS, SEGMENT_LEFT, COUNT);
        code.emit(SUB, COUNT, SEGMENT_LEFT);
        code.store(LEFT, COUNT);
        segment.run();
        for (int i = 0; i < vectors; i++) {
            Ymm value = firstSum < 0 ? VALUE : new Ymm(firstSum + i);
            if (firstSum < 0) {
                code.emit(VMOVUPS, value, sum(i));
            }
            code.emit(VADDPS, value, value, total(i));
            code.emit(Store.VMOVUPS, total(i), value);
        }
        code.load(COUNT, LEFT);
        code.test(COUNT, COUNT);
        code.jumpIf(Condition.NOT_EQUAL, top);
        emitStores();
    }

    private void clearSums(int vectors, int firstSum) {
        if (firstSum < 0) {
            code.emit(VPXOR, VALUE, VALUE, VALUE);
        }
        for (int i = 0; i < vectors; i++) {
            if (firstSum < 0) {
                code.emit(Store.VMOVUPS, sum(i), VALUE);
            } else {
                Ymm sum = new Ymm(firstSum + i);
                code.emit(VPXOR, sum, sum, sum);
            }
        }
    }

    private void emitStores() {
        Label partial = new Label();
        Label done = new Label();
        code.load(COUNT, TileLoops.ROW_MASK);
        code.emit(CMP, COUNT, ALL_ROWS);
        code.jumpIf(Condition.NOT_EQUAL, partial);
        code.lea(COUNT, Address.at(TileLoops.OUTPUT_STRIDE, TileLoops.OUTPUT_STRIDE, 2, 0));
        for (int i = 0; i < 2 * tokens; i++) {
            code.emit(VMOVUPS, VALUE, total(i));
            code.emit(Store.VMOVUPS, output(i / 2, i % 2 * VECTOR_BYTES), VALUE);
        }
        code.jump(done);
        code.bind(partial);
        emitPartialStores();
        code.bind(done);
    }

    /// Copies the rows that exist one by one.
    private void emitPartialStores() {
        Gpr to = TileLoops.FREE_0;
        Gpr from = TileLoops.FREE_1;
        Gpr value = TileLoops.FREE_2;
        Gpr rows = TileLoops.FREE_4;
        for (int token = 0; token < tokens; token++) {
            code.lea(COUNT, Address.at(TileLoops.OUTPUT_STRIDE, TileLoops.OUTPUT_STRIDE, 2, 0));
            code.lea(to, output(token, 0));
            code.lea(from, total(2 * token));
            code.load(rows, TileLoops.ROW_MASK);
            Label row = code.here();
            code.loadInt(value, Address.at(from));
            code.storeInt(Address.at(to), value);
            code.emit(ADD, from, Float.BYTES);
            code.emit(ADD, to, Float.BYTES);
            code.shiftRight(rows, 1);
            code.jumpIf(Condition.NOT_EQUAL, row);
        }
    }

    private static Address output(int token, int offsetBytes) {
        return TileLoops.row(TileLoops.OUTPUT, TileLoops.OUTPUT_STRIDE, COUNT, token, offsetBytes);
    }
}
