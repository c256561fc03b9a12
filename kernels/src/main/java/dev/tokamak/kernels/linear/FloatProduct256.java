package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.AND;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.VMOVUPS;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VPAND;
import static dev.tokamak.kernels.assembler.Ternary.VPSHUFB;
import static dev.tokamak.kernels.assembler.Widening.VBROADCASTSS;
import static dev.tokamak.kernels.assembler.Widening.VCVTPH2PS;
import static dev.tokamak.kernels.assembler.Widening.VPBROADCASTD;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.format.TensorType;

/// Emits the product of float weights and fp32 activations with AVX2, FMA and F16C. Confined to one thread.
final class FloatProduct256 {

    /* A tile is one group, which is two halves of 8 rows, times T tokens. Columns are taken in pairs, since a word of a
     * 16-bit type holds two; a row of an odd number of columns ends with half a pair. Registers: 0..7 running sums, 8 and 9
     * weights of the first, 10 and 11 of the second column of a pair, 12 a token's value, 13 the mask of upper halves (BF16)
     * or the order of bytes that parts lower from upper halves (F16). */

    private static final int HALVES = 2;
    private static final int MOST_TOKENS = 4;
    private static final int FIRST_WEIGHTS = 8;
    private static final int SECOND_WEIGHTS = 10;
    private static final Ymm VALUE = new Ymm(12);
    private static final Ymm ORDER = new Ymm(13);

    private static final Gpr PAIR = TileLoops.FREE_0;
    private static final Gpr VALUES = TileLoops.FREE_1;
    private static final Gpr COUNT = TileLoops.FREE_3;
    private static final Gpr SEGMENT_LEFT = TileLoops.FREE_4;
    private static final int VECTOR_BYTES = 32;

    /// Within 128 bits: the lower halves of four words, then their upper halves.
    private static final int[] LOWER_THEN_UPPER = {
        0x05040100, 0x0d0c0908, 0x07060302, 0x0f0e0b0a,
        0x05040100, 0x0d0c0908, 0x07060302, 0x0f0e0b0a
    };

    /// Quarters 0, 2, 1 and 3.
    private static final int MIDDLE_SWAPPED = 0xD8;

    private final Assembler code = new Assembler();
    private final TensorType type;
    private final int pairBytes;
    private int tokens;

    private FloatProduct256(TensorType type) {
        this.type = type;
        this.pairBytes =
                type == TensorType.F32 ? 2 * PanelLayout.WORD_BYTES : PanelLayout.WORD_BYTES;
    }

    /// The machine code for weights of this type; see [TileLoops] for its arguments.
    static byte[] emit(TensorType type) {
        return new FloatProduct256(type).emit();
    }

    private byte[] emit() {
        TileLoops loops =
                new TileLoops(
                        code, 1, MOST_TOKENS, (groups, tokens, first) -> emitTile(groups, tokens));
        loops.emit(Segments256.SCRATCH_END - TileLoops.SCRATCH_OFFSET, this::emitConstants);
        return code.assemble();
    }

    private void emitConstants() {
        if (type != TensorType.F32) {
            code.emit(ADD, TileLoops.GROUP_BYTES, 1);
            code.shiftRight(TileLoops.GROUP_BYTES, 1);
        }
        code.shiftLeft(
                TileLoops.GROUP_BYTES, Integer.numberOfTrailingZeros(PanelLayout.WORD_BYTES));
        if (type == TensorType.BF16) {
            code.emit(VPBROADCASTD, ORDER, code.single(0xffff0000));
        } else if (type == TensorType.F16) {
            code.emit(VMOVUPS, ORDER, code.table(LOWER_THEN_UPPER));
        }
    }

    private void emitTile(int groups, int tokens) {
        this.tokens = tokens;
        code.move(PAIR, TileLoops.WEIGHTS);
        code.move(VALUES, TileLoops.INPUT);
        new Segments256(code, tokens).emit(PackedWeights.SEGMENT, 0, this::emitSegment);
    }

    private void emitSegment() {
        Label odd = new Label();
        Label done = new Label();
        code.move(COUNT, SEGMENT_LEFT);
        code.shiftRight(COUNT, 1);
        code.jumpIf(Condition.EQUAL, odd);
        Label pair = code.here();
        if (tokens == 1) {
            for (int line = 0; line < pairBytes; line += Segments256.LINE_BYTES) {
                code.prefetch(Address.at(PAIR, Segments256.PREFETCH_BYTES + line));
            }
        }
        loadPair();
        addProducts(FIRST_WEIGHTS, 0);
        addProducts(SECOND_WEIGHTS, Float.BYTES);
        code.emit(ADD, PAIR, pairBytes);
        code.emit(ADD, VALUES, 2 * Float.BYTES);
        code.emit(SUB, COUNT, 1);
        code.jumpIf(Condition.NOT_EQUAL, pair);
        code.bind(odd);
        code.emit(AND, SEGMENT_LEFT, 1);
        code.jumpIf(Condition.EQUAL, done);
        loadFirst();
        addProducts(FIRST_WEIGHTS, 0);
        code.bind(done);
    }

    private void loadPair() {
        loadFirst();
        for (int half = 0; half < HALVES; half++) {
            Ymm second = new Ymm(SECOND_WEIGHTS + half);
            switch (type) {
                case F32 -> code.emit(VMOVUPS, second, at(half, PanelLayout.WORD_BYTES));
                case BF16 -> code.emit(VPAND, second, ORDER, at(half, 0));
                default -> {
                    Xmm upper = new Xmm(second.number());
                    code.emit(Store.Immediate.VEXTRACTF128, upper, second, 1);
                    code.emit(VCVTPH2PS, second, upper);
                }
            }
        }
    }

    /// Loads the weights of the first column; of F16 the words in the registers of the second too, which hold the first
    /// column's halves in their lower 128 bits, the second's in their upper.
    private void loadFirst() {
        for (int half = 0; half < HALVES; half++) {
            Ymm first = new Ymm(FIRST_WEIGHTS + half);
            code.emit(VMOVUPS, first, at(half, 0));
            switch (type) {
                case F32 -> {}
                case BF16 -> code.emit(VPSLLD, first, first, 16);
                default -> {
                    Ymm second = new Ymm(SECOND_WEIGHTS + half);
                    code.emit(VPSHUFB, second, first, ORDER);
                    code.emit(Binary.Immediate.VPERMQ, second, second, MIDDLE_SWAPPED);
                    code.emit(VCVTPH2PS, first, new Xmm(second.number()));
                }
            }
        }
    }

    private void addProducts(int firstRegister, int offsetBytes) {
        for (int token = 0; token < tokens; token++) {
            Address value =
                    TileLoops.row(
                            VALUES,
                            TileLoops.INPUT_STRIDE,
                            TileLoops.INPUT_STRIDE_3,
                            token,
                            offsetBytes);
            code.emit(VBROADCASTSS, VALUE, value);
            for (int half = 0; half < HALVES; half++) {
                Ymm sum = new Ymm(HALVES * token + half);
                code.emit(VFMADD231PS, sum, new Ymm(firstRegister + half), VALUE);
            }
        }
    }

    private static Address at(int half, int offsetBytes) {
        return Address.at(PAIR, offsetBytes + half * VECTOR_BYTES);
    }
}
