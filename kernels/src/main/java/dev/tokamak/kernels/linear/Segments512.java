package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.CMP;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Ternary.VADDPS;
import static dev.tokamak.kernels.assembler.Ternary.VPXOR;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Mask;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Vector.Zmm;

/// The segments of a tile of a few groups and tokens in registers of 512 bits: each starts at zero and is added to the
/// totals, which go to the output at the end. Confined to one thread.
final class Segments512 {

    /* Running sums are the first registers, in the order of sum(). Scratch memory from TileLoops.SCRATCH_OFFSET: what is
     * left of the row, eight bytes for the body, totals. A row of one segment, as small models have, never stores totals: it
     * adds zero, which matters to a sum of -0 only. */

    static final int LINE_BYTES = 64;

    /// Stack for the most sums of a tile.
    static final int SCRATCH_BYTES = LINE_BYTES + 12 * LINE_BYTES;

    /// Eight bytes of stack for the body of a segment.
    static final Address FREE_SLOT = Address.at(Gpr.RSP, TileLoops.SCRATCH_OFFSET + Long.BYTES);

    /// Holds the length of a segment when its body begins; free for the body.
    static final Gpr LENGTH = TileLoops.FREE_3;

    private static final Gpr LIMIT = TileLoops.FREE_2;
    private static final Address LEFT = Address.at(Gpr.RSP, TileLoops.SCRATCH_OFFSET);
    private static final int TOTALS_OFFSET = TileLoops.SCRATCH_OFFSET + LINE_BYTES;
    private static final Mask ROWS = new Mask(1);

    /// Free between segments.
    private static final Zmm ZERO = new Zmm(30);

    private final Assembler code;
    private final int groups;
    private final int tokens;

    Segments512(Assembler code, int groups, int tokens) {
        this.code = code;
        this.groups = groups;
        this.tokens = tokens;
    }

    /// The running sum of a group and a token.
    Zmm sum(int group, int token) {
        return new Zmm(token * groups + group);
    }

    /// Emits the tile.
    ///
    /// @param segmentLength columns, or blocks of them, of a segment
    /// @param segment emits the products of the segment whose length is in [#LENGTH]
    void emit(int segmentLength, Runnable segment) {
        int sums = groups * tokens;
        Label later = new Label();
        Label added = new Label();
        Label done = new Label();
        code.load(LENGTH, TileLoops.COLUMNS);
        Label top = code.here();
        code.store(LEFT, LENGTH);
        for (int i = 0; i < sums; i++) {
            clear(new Zmm(i));
        }
        code.move(LIMIT, segmentLength);
        code.emit(CMP, LENGTH, segmentLength);
        code.moveIf(Condition.GREATER, LENGTH, LIMIT);
        segment.run();
        code.load(LENGTH, LEFT);
        code.load(LIMIT, TileLoops.COLUMNS);
        code.emit(CMP, LENGTH, LIMIT);
        code.jumpIf(Condition.NOT_EQUAL, later);
        clear(ZERO);
        for (int i = 0; i < sums; i++) {
            code.emit(VADDPS, new Zmm(i), new Zmm(i), ZERO);
        }
        code.bind(added);
        code.emit(SUB, LENGTH, segmentLength);
        code.jumpIf(Condition.LESS_OR_EQUAL, done);
        for (int i = 0; i < sums; i++) {
            code.emit(Store.VMOVUPS, total(i), new Zmm(i));
        }
        code.jump(top);
        code.bind(later);
        for (int i = 0; i < sums; i++) {
            code.emit(VADDPS, new Zmm(i), new Zmm(i), total(i));
        }
        code.jump(added);
        code.bind(done);
        emitStores();
    }

    private void emitStores() {
        code.load(LENGTH, TileLoops.ROW_MASK);
        code.move(ROWS, LENGTH);
        code.lea(LENGTH, Address.at(TileLoops.OUTPUT, TileLoops.OUTPUT_STRIDE, 2, 0));
        code.emit(ADD, LENGTH, TileLoops.OUTPUT_STRIDE);
        for (int token = 0; token < tokens; token++) {
            for (int group = 0; group < groups; group++) {
                Address to =
                        TileLoops.rowOfSix(
                                TileLoops.OUTPUT,
                                LENGTH,
                                TileLoops.OUTPUT_STRIDE,
                                token,
                                group * LINE_BYTES);
                boolean last = group == groups - 1;
                code.emit(Store.VMOVUPS, to, sum(group, token), last ? ROWS.merging() : null);
            }
        }
    }

    private void clear(Zmm register) {
        code.emit(VPXOR, register, register, register);
    }

    private static Address total(int index) {
        return Address.at(Gpr.RSP, TOTALS_OFFSET + index * LINE_BYTES);
    }
}
