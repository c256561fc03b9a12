package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.AND;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRLD;
import static dev.tokamak.kernels.assembler.Binary.VMOVUPS;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VPAND;
import static dev.tokamak.kernels.assembler.Widening.VBROADCASTSS;
import static dev.tokamak.kernels.assembler.Widening.VCVTPH2PS;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import dev.tokamak.kernels.format.TensorType;

/// Emits the product of float weights and fp32 activations with AVX-512. Confined to one thread.
final class FloatProduct512 {

    /* Columns are taken in pairs, since a word of a 16-bit type holds two; a row of an odd number of columns ends with half
     * a pair. Registers: 0..11 running sums, 12..14 weights of the first, 15..17 of the second column of a pair, 30 a
     * token's value. */

    private static final int FIRST_WEIGHTS = 12;
    private static final int SECOND_WEIGHTS = 15;
    private static final Zmm VALUE = new Zmm(30);

    private static final Gpr PAIR = TileLoops.FREE_0;
    private static final Gpr VALUES = TileLoops.FREE_1;
    private static final Gpr COUNT = Segments512.LENGTH;
    private static final Gpr SEGMENT_LEFT = TileLoops.FREE_4;

    private final Assembler code = new Assembler();
    private final TensorType type;
    private final int pairBytes;
    private int groups;
    private int tokens;
    private Segments512 segments = new Segments512(code, 0, 0);

    private FloatProduct512(TensorType type) {
        this.type = type;
        this.pairBytes =
                type == TensorType.F32 ? 2 * PanelLayout.WORD_BYTES : PanelLayout.WORD_BYTES;
    }

    /// The machine code for weights of this type; see [TileLoops] for its arguments.
    static byte[] emit(TensorType type) {
        return new FloatProduct512(type).emit();
    }

    private byte[] emit() {
        TileLoops loops =
                new TileLoops(code, 3, 4, (groups, tokens, first) -> emitTile(groups, tokens));
        loops.emit(Segments512.SCRATCH_BYTES, this::emitGroupBytes);
        return code.assemble();
    }

    private void emitGroupBytes() {
        if (type != TensorType.F32) {
            code.emit(ADD, TileLoops.GROUP_BYTES, 1);
            code.shiftRight(TileLoops.GROUP_BYTES, 1);
        }
        code.shiftLeft(
                TileLoops.GROUP_BYTES, Integer.numberOfTrailingZeros(PanelLayout.WORD_BYTES));
    }

    private void emitTile(int groups, int tokens) {
        this.groups = groups;
        this.tokens = tokens;
        this.segments = new Segments512(code, groups, tokens);
        code.move(PAIR, TileLoops.WEIGHTS);
        code.move(VALUES, TileLoops.INPUT);
        segments.emit(PackedWeights.SEGMENT, this::emitSegment);
    }

    private void emitSegment() {
        Label odd = new Label();
        Label done = new Label();
        code.move(SEGMENT_LEFT, COUNT);
        code.shiftRight(COUNT, 1);
        code.jumpIf(Condition.EQUAL, odd);
        Label pair = code.here();
        loadFirst();
        loadSecond();
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

    private void loadFirst() {
        for (int group = 0; group < groups; group++) {
            Zmm to = new Zmm(FIRST_WEIGHTS + group);
            Address word = at(group, 0);
            switch (type) {
                case F32 -> code.emit(VMOVUPS, to, word);
                case BF16 -> code.emit(VPSLLD, to, word, 16);
                default -> {
                    code.emit(VMOVUPS, to, word);
                    widenHalves(to);
                }
            }
        }
    }

    private void loadSecond() {
        for (int group = 0; group < groups; group++) {
            Zmm to = new Zmm(SECOND_WEIGHTS + group);
            switch (type) {
                case F32 -> code.emit(VMOVUPS, to, at(group, PanelLayout.WORD_BYTES));
                case BF16 -> {
                    code.emit(VMOVUPS, to, at(group, 0));
                    code.emit(VPAND, to, to, code.repeated(0xffff0000));
                }
                default -> {
                    code.emit(VPSRLD, to, at(group, 0), 16);
                    widenHalves(to);
                }
            }
        }
    }

    /// Turns the low half of each word from fp16 to fp32.
    private void widenHalves(Zmm words) {
        Ymm halves = new Ymm(words.number());
        code.emit(Store.VPMOVDW, halves, words);
        code.emit(VCVTPH2PS, words, halves);
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
            for (int group = 0; group < groups; group++) {
                code.emit(VFMADD231PS, sum(group, token), new Zmm(firstRegister + group), VALUE);
            }
        }
    }

    private Zmm sum(int group, int token) {
        return segments.sum(group, token);
    }

    private static Address at(int group, int offsetBytes) {
        return group == 0
                ? Address.at(PAIR, offsetBytes)
                : Address.at(PAIR, TileLoops.GROUP_BYTES, group, offsetBytes);
    }
}
