package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
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

/// Writes the machine code that quantises rows into the records of [BlockRows], after an RMS norm or as they are.
/// Confined to one function.
final class QuantizerCode<V extends Vector<V>> {

    /* Arguments: rdi floats; rcx records; r8 columns and, above them, rows (at most 64); r9 bits of epsilon and, above
     * them, bytes from one row of records to the next. With a norm: rdi its input, rsi its weight, rdx its output.
     * The result has bit r set when a value of row r is not finite.
     *
     * A block is two sixteens in the lowest registers, from wherever they come; registers 7 to 13 hold constants. */

    private static final int INFINITY_BITS = 0x7f800000;
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int SMALLEST_BITS = Float.floatToRawIntBits(ScalarLinear.SMALLEST_MAXIMUM);
    private static final float LARGEST_QUANT = 127f;
    private static final int BLOCK_BYTES = Activations.BLOCK * Float.BYTES;

    private static final int BYTE_ORDER = 7;
    private static final Ymm ONE_BYTES = new Ymm(8);
    private static final Ymm ONE_WORDS = new Ymm(9);
    private static final Ymm FACTORS = new Ymm(10);
    private static final Ymm ONES = new Ymm(11);
    private static final int NORM_SCALE = 12;
    private static final int WEIGHT = 4;

    private static final Gpr INPUT = Gpr.RDI;
    private static final Gpr NORM_WEIGHT = Gpr.RSI;
    private static final Gpr OUTPUT = Gpr.RDX;
    private static final Gpr RECORDS = Gpr.RCX;
    private static final Gpr RECORD = Gpr.R8;
    private static final Gpr MAXIMUM = Gpr.RAX;
    private static final Gpr SCRATCH = Gpr.RBX;
    private static final Gpr EPSILON_AND_STRIDE = Gpr.R9;
    private static final Gpr REMAINING = Gpr.R10;
    private static final Gpr INDEX = Gpr.R11;
    private static final Gpr COLUMNS = Gpr.R12;
    private static final Gpr ROWS = Gpr.R13;
    private static final Gpr ROW_BIT = Gpr.R14;
    private static final Gpr NOT_FINITE = Gpr.R15;

    private final EmittedLanes<V> lanes;
    private final Assembler code;
    private final int parts;
    private final boolean normalizes;

    private QuantizerCode(EmittedLanes<V> lanes, boolean normalizes) {
        this.lanes = lanes;
        this.code = lanes.code();
        this.parts = lanes.parts();
        this.normalizes = normalizes;
    }

    static <V extends Vector<V>> byte[] write(EmittedLanes<V> lanes, boolean normalizes) {
        return new QuantizerCode<>(lanes, normalizes).write();
    }

    private byte[] write() {
        lanes.enter();
        lanes.load(lanes.register(BYTE_ORDER), lanes.byteOrder());
        constant(ONE_BYTES, 0x01010101);
        constant(ONE_WORDS, 0x00010001);
        constant(ONES, Float.floatToRawIntBits(1f));
        code.emit(Binary.VMOVUPS, FACTORS, code.table(0, 0, -8, -16, -128, -32, -32, 1));
        code.moveLow(COLUMNS, Gpr.R8);
        code.move(ROWS, Gpr.R8);
        code.shiftRight(ROWS, Integer.SIZE);
        code.move(ROW_BIT, 1);
        code.emit(Arithmetic.XOR, NOT_FINITE, NOT_FINITE);
        Label nextRow = code.here();
        writeRow();
        code.lea(INPUT, Address.at(INPUT, COLUMNS, Float.BYTES, 0));
        code.lea(OUTPUT, Address.at(OUTPUT, COLUMNS, Float.BYTES, 0));
        code.move(SCRATCH, EPSILON_AND_STRIDE);
        code.shiftRight(SCRATCH, Integer.SIZE);
        code.emit(Arithmetic.ADD, RECORDS, SCRATCH);
        code.emit(Arithmetic.ADD, ROW_BIT, ROW_BIT);
        code.emit(Arithmetic.SUB, ROWS, 1);
        code.jumpIf(Condition.NOT_EQUAL, nextRow);
        code.move(Gpr.RAX, NOT_FINITE);
        lanes.leave();
        return code.assemble();
    }

    private void constant(Ymm to, int word) {
        code.emit(Widening.VPBROADCASTD, to, code.single(word));
    }

    private void writeRow() {
        if (normalizes) {
            lanes.inverseRootMeanSquare(
                    lanes.register(NORM_SCALE),
                    INPUT,
                    COLUMNS,
                    EPSILON_AND_STRIDE,
                    MAXIMUM,
                    SCRATCH,
                    REMAINING,
                    INDEX);
        }
        Label zeros = new Label();
        Label blockDone = new Label();
        Label partial = new Label();
        Label complete = new Label();
        Label rowDone = new Label();
        code.move(RECORD, RECORDS);
        code.move(REMAINING, COLUMNS);
        code.emit(Arithmetic.XOR, INDEX, INDEX);
        Label nextBlock = code.here();
        code.emit(Arithmetic.CMP, REMAINING, Activations.BLOCK);
        code.jumpIf(Condition.LESS, partial);
        sixteen(0, false);
        sixteen(1, false);
        code.bind(complete);
        quantizeBlock(zeros);
        code.bind(blockDone);
        code.emit(Arithmetic.ADD, RECORD, BlockRows.RECORD_BYTES);
        code.emit(Arithmetic.ADD, INDEX, BLOCK_BYTES);
        code.emit(Arithmetic.SUB, REMAINING, Activations.BLOCK);
        code.jumpIf(Condition.GREATER, nextBlock);
        code.jump(rowDone);

        code.bind(partial);
        partialBlock(complete);
        code.bind(zeros);
        zeroBlock(blockDone);
        code.bind(rowDone);
    }

    private void partialBlock(Label complete) {
        Label more = new Label();
        code.move(SCRATCH, REMAINING);
        code.emit(Arithmetic.SUB, SCRATCH, EmittedLanes.SIXTEEN);
        code.jumpIf(Condition.GREATER_OR_EQUAL, more);
        code.move(SCRATCH, REMAINING);
        lanes.prepareTail(SCRATCH, MAXIMUM);
        sixteen(0, true);
        lanes.clear(parts);
        code.jump(complete);
        code.bind(more);
        lanes.prepareTail(SCRATCH, MAXIMUM);
        sixteen(0, false);
        sixteen(1, true);
        code.jump(complete);
    }

    /// Brings half a block to its registers.
    private void sixteen(int half, boolean isTail) {
        int offset = half * EmittedLanes.SIXTEEN_BYTES;
        for (int part = 0; part < parts; part++) {
            V x = lanes.register(half * parts + part);
            lanes.load(x, Address.at(INPUT, INDEX, 1, offset), part, isTail);
            if (normalizes) {
                V weight = lanes.register(WEIGHT);
                lanes.load(weight, Address.at(NORM_WEIGHT, INDEX, 1, offset), part, isTail);
                code.emit(Ternary.VMULPS, x, x, lanes.register(NORM_SCALE));
                code.emit(Ternary.VMULPS, x, x, weight);
                lanes.store(Address.at(OUTPUT, INDEX, 1, offset), x, part, isTail);
            }
        }
    }

    private void quantizeBlock(Label zeros) {
        for (int part = 0; part < parts; part++) {
            V magnitude = lanes.register(4 + part);
            V other = lanes.register(6);
            code.emit(Ternary.VPAND, magnitude, lanes.register(part), lanes.constant(MAGNITUDE));
            code.emit(
                    Ternary.VPAND, other, lanes.register(parts + part), lanes.constant(MAGNITUDE));
            code.emit(Ternary.VPMAXSD, magnitude, magnitude, other);
        }
        lanes.fold(Ternary.VPMAXSD, 4, 6);
        Xmm maximum = new Xmm(4);
        Xmm inverse = new Xmm(5);
        Xmm scale = new Xmm(6);
        code.moveBits(MAXIMUM, maximum);
        code.lea(SCRATCH, Address.at(MAXIMUM, -SMALLEST_BITS));
        code.emit(Arithmetic.CMP, SCRATCH, INFINITY_BITS - SMALLEST_BITS);
        code.jumpIf(Condition.ABOVE_OR_EQUAL, zeros);
        code.loadFloat(inverse, code.single(LARGEST_QUANT));
        code.emit(Scalar.VDIVSS, scale, maximum, inverse);
        code.emit(Scalar.VDIVSS, inverse, inverse, maximum);
        V factor = lanes.register(5);
        lanes.broadcast(factor, inverse);
        for (int i = 0; i < 2 * parts; i++) {
            V x = lanes.register(i);
            code.emit(Ternary.VMULPS, x, x, factor);
            code.emit(Binary.VCVTPS2DQ, x, x);
        }
        lanes.packBytes(0, BYTE_ORDER);
        code.emit(Store.VMOVDQU, Address.at(RECORD), new Ymm(0));
        writeParameters(new Ymm(0), scale);
    }

    /// Writes what follows the integers of a record. Lanes of `halves` have the sum of the half block that they are in.
    private void writeParameters(Ymm quants, Xmm scale) {
        Ymm halves = new Ymm(1);
        Ymm others = new Ymm(2);
        Ymm sums = new Ymm(3);
        Ymm record = new Ymm(4);
        code.emit(Ternary.VPMADDUBSW, halves, ONE_BYTES, quants);
        code.emit(Ternary.VPMADDWD, halves, halves, ONE_WORDS);
        code.emit(Binary.Immediate.VPSHUFD, others, halves, 0x4E);
        code.emit(Ternary.VPADDD, halves, halves, others);
        code.emit(Binary.Immediate.VPSHUFD, others, halves, 0xB1);
        code.emit(Ternary.VPADDD, halves, halves, others);
        code.emit(Binary.Immediate.VPERMQ, others, halves, 0x4E);
        code.emit(Ternary.VPADDD, sums, halves, others);
        code.emit(Ternary.Immediate.VBLENDPS, record, sums, others, lane(FIRST_SUM));
        code.emit(Ternary.Immediate.VBLENDPS, record, record, halves, lane(SECOND_SUM));
        code.emit(Ternary.VPMULLD, record, record, FACTORS);
        code.emit(Binary.VCVTDQ2PS, sums, sums);
        code.emit(Ternary.Immediate.VBLENDPS, sums, sums, ONES, lane(SCALE));
        Ymm scales = new Ymm(scale.number());
        code.emit(Widening.VBROADCASTSS, scales, scale);
        code.emit(Ternary.VMULPS, sums, sums, scales);
        code.emit(Ternary.Immediate.VBLENDPS, record, record, sums, lane(SCALE) | lane(SCALED_SUM));
        code.emit(Store.VMOVUPS, Address.at(RECORD, PARAMETERS_OFFSET_BYTES), record);
    }

    private static final int PARAMETERS_OFFSET_BYTES = BlockRows.SCALE_OFFSET_BYTES;
    private static final int SCALE = BlockRows.SCALE_OFFSET_BYTES;
    private static final int SCALED_SUM = BlockRows.SCALED_SUM_OFFSET_BYTES;
    private static final int FIRST_SUM = BlockRows.FIRST_SUM_TIMES_32_OFFSET_BYTES;
    private static final int SECOND_SUM = BlockRows.SECOND_SUM_TIMES_32_OFFSET_BYTES;

    private static int lane(int offsetBytes) {
        return 1 << ((offsetBytes - PARAMETERS_OFFSET_BYTES) / Integer.BYTES);
    }

    private void zeroBlock(Label done) {
        Ymm zero = new Ymm(0);
        code.emit(Ternary.VPXOR, zero, zero, zero);
        code.emit(Store.VMOVUPS, Address.at(RECORD), zero);
        code.emit(Store.VMOVUPS, Address.at(RECORD, PARAMETERS_OFFSET_BYTES), zero);
        code.emit(Arithmetic.CMP, MAXIMUM, INFINITY_BITS);
        code.jumpIf(Condition.BELOW, done);
        code.emit(Arithmetic.OR, NOT_FINITE, ROW_BIT);
        code.jump(done);
    }
}
