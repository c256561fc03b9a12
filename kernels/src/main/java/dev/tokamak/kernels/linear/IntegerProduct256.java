package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRLD;
import static dev.tokamak.kernels.assembler.Binary.VCVTDQ2PS;
import static dev.tokamak.kernels.assembler.Binary.VMOVDQU;
import static dev.tokamak.kernels.assembler.Binary.VPABSB;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD213PS;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VFNMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VMULPS;
import static dev.tokamak.kernels.assembler.Ternary.VPADDD;
import static dev.tokamak.kernels.assembler.Ternary.VPADDW;
import static dev.tokamak.kernels.assembler.Ternary.VPAND;
import static dev.tokamak.kernels.assembler.Ternary.VPMADDUBSW;
import static dev.tokamak.kernels.assembler.Ternary.VPMADDWD;
import static dev.tokamak.kernels.assembler.Ternary.VPOR;
import static dev.tokamak.kernels.assembler.Ternary.VPSIGNB;
import static dev.tokamak.kernels.assembler.Ternary.VPXOR;
import static dev.tokamak.kernels.assembler.Widening.VBROADCASTSS;
import static dev.tokamak.kernels.assembler.Widening.VCVTPH2PS;
import static dev.tokamak.kernels.assembler.Widening.VPBROADCASTD;
import static dev.tokamak.kernels.assembler.Widening.VPMOVSXBD;
import static dev.tokamak.kernels.assembler.Widening.VPMOVZXBD;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.format.TensorType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Emits the product of integer weights and quantised activations with AVX2, or with AVX-VNNI. Confined to one thread.
final class IntegerProduct256 {

    /* A tile is one group, which is two halves of 8 rows, times T tokens. Columns are taken four at a time (a step).
     *
     * AVX2 has no instruction that adds four products of bytes to 32 bits. `vpmaddubsw` adds two products of unsigned
     * weights and signed activations to 16 bits with saturation, so steps are gathered in runs whose sums cannot reach
     * 32,768, and `vpmaddwd` by ones turns a run into 32 bits:
     *
     *   4 bits  8 steps of at most 2 * 15 * 127: 30,480      6 bits  2 steps of at most 2 * 63 * 127: 32,004
     *   5 bits  4 steps of at most 2 * 31 * 127: 31,496      8 bits  1 step of at most 2 * 128 * 127: 32,512, the
     *                                                                weights' signs being moved to the activations
     *
     * Registers: 0..7 sums of the current run or block, of which 4..7 are the running sums of tiles of one or two tokens; 8
     * and 9 weights, then scales; 10 and 11 weights without their signs, then minimums; 12 a token's word; 13 products; 14
     * ones; 15 the nibble mask or the weights' sign bits. Other running sums are in scratch memory. */

    private static final int HALVES = 2;
    private static final int MOST_TOKENS = 4;
    private static final int MOST_SUMS = HALVES * MOST_TOKENS;
    private static final int KEPT_SUMS = 4;
    private static final int FIRST_KEPT_SUM = 4;
    private static final int FIRST_WEIGHTS = 8;
    private static final int FIRST_MINIMUMS = 10;
    private static final Ymm WORD = new Ymm(12);
    private static final Ymm PRODUCT = new Ymm(13);
    private static final Ymm ONES = new Ymm(14);
    private static final Ymm BITS = new Ymm(15);

    private static final Gpr BLOCK = TileLoops.FREE_0;
    private static final Gpr RECORD = TileLoops.FREE_1;
    private static final Gpr SUPER_BLOCK = TileLoops.FREE_2;
    private static final Gpr COUNT = TileLoops.FREE_3;
    private static final Gpr SEGMENT_LEFT = TileLoops.FREE_4;

    private static final int STEPS = 8;
    private static final int WORD_BYTES = PanelLayout.WORD_BYTES;
    private static final int VECTOR_BYTES = 32;
    private static final int VECTOR_FLOATS = 8;

    /// From the scratch memory of [Segments256] on: partial sums of a block.
    private static final int PARTIALS_OFFSET = Segments256.SCRATCH_END;

    /// The products of the first half of a block, scaled.
    private static final int SCALED_HALVES_OFFSET = PARTIALS_OFFSET + MOST_SUMS * VECTOR_BYTES;

    private static final int SCRATCH_BYTES =
            SCALED_HALVES_OFFSET + MOST_SUMS * VECTOR_BYTES - TileLoops.SCRATCH_OFFSET;

    /// Emits `sums += weights * activations`, four products in each 32 bits; weights are unsigned.
    @FunctionalInterface
    interface FourProducts {
        void emit(Assembler code, Ymm sums, Ymm weights, Ymm activations);

        /// AVX-VNNI's instruction.
        static FourProducts ofVnni() {
            return (code, sums, weights, activations) ->
                    code.emit(Ternary.VPDPBUSD, sums, weights, activations);
        }
    }

    private final Assembler code = new Assembler();
    private final PanelLayout layout;
    private final boolean hasMinimum;
    private final boolean twoScales;
    private final boolean vnni;
    private final FourProducts fourProducts;
    private @Nullable Address upperBits;
    private int tokens;

    private IntegerProduct256(TensorType type, boolean vnni, FourProducts fourProducts) {
        this.layout = PanelLayout.of(type);
        this.hasMinimum = type.hasMinimum();
        this.twoScales = layout.words() == PanelLayout.Words.SIX_BITS;
        this.vnni = vnni;
        this.fourProducts = fourProducts;
    }

    /// The machine code for weights of this type with AVX2; see [TileLoops] for its arguments, columns being in blocks.
    static byte[] emit(TensorType type) {
        return new IntegerProduct256(type, false, FourProducts.ofVnni()).emit();
    }

    /// The same with instructions that add four products.
    static byte[] emit(TensorType type, FourProducts fourProducts) {
        return new IntegerProduct256(type, true, fourProducts).emit();
    }

    private byte[] emit() {
        TileLoops loops =
                new TileLoops(
                        code, 1, MOST_TOKENS, (groups, tokens, first) -> emitTile(groups, tokens));
        loops.emit(SCRATCH_BYTES, this::emitConstants);
        return code.assemble();
    }

    private void emitConstants() {
        if (layout.hasSuperBlocks()) {
            code.shiftRight(
                    TileLoops.GROUP_BYTES, Integer.numberOfTrailingZeros(layout.superBlocks()));
        }
        code.multiply(TileLoops.GROUP_BYTES, TileLoops.GROUP_BYTES, layout.superBlockBytes());
        boolean bytes = layout.words() == PanelLayout.Words.BYTES;
        code.emit(VPBROADCASTD, BITS, code.single(bytes ? 0x80808080 : 0x0f0f0f0f));
        code.emit(VPBROADCASTD, ONES, code.single(0x00010001));
    }

    private void emitTile(int groups, int tokens) {
        this.tokens = tokens;
        Segments256 segments = new Segments256(code, tokens);
        code.move(BLOCK, TileLoops.WEIGHTS);
        code.move(RECORD, TileLoops.INPUT);
        segments.emit(
                PackedWeights.SEGMENT / Activations.BLOCK,
                keepsSums() ? FIRST_KEPT_SUM : -1,
                this::emitSegment);
    }

    /// Whether the running sums are in registers.
    private boolean keepsSums() {
        return HALVES * tokens <= KEPT_SUMS;
    }

    private void emitSegment() {
        if (!layout.hasSuperBlocks()) {
            Label block = code.here();
            emitBlock();
            code.emit(SUB, SEGMENT_LEFT, 1);
            code.jumpIf(Condition.NOT_EQUAL, block);
            return;
        }
        Label superBlock = code.here();
        code.move(SUPER_BLOCK, BLOCK);
        code.emit(ADD, BLOCK, layout.superHeaderBytes());
        code.move(COUNT, layout.superBlocks());
        Label block = code.here();
        emitBlock();
        code.emit(SUB, COUNT, 1);
        code.jumpIf(Condition.NOT_EQUAL, block);
        code.emit(SUB, SEGMENT_LEFT, layout.superBlocks());
        code.jumpIf(Condition.NOT_EQUAL, superBlock);
    }

    private void emitBlock() {
        if (tokens == 1) {
            for (int line = 0; line < layout.blockBytes(); line += Segments256.LINE_BYTES) {
                code.prefetch(Address.at(BLOCK, Segments256.PREFETCH_BYTES + line));
            }
        }
        if (twoScales) {
            emitDots(0, STEPS / 2, BlockRows.FIRST_SUM_TIMES_32_OFFSET_BYTES);
            emitFirstSubScale();
            emitDots(STEPS / 2, STEPS, BlockRows.SECOND_SUM_TIMES_32_OFFSET_BYTES);
            emitSecondSubScale();
        } else {
            emitDots(0, STEPS, biasOffset());
        }
        emitScales();
        code.emit(ADD, BLOCK, layout.blockBytes());
        code.emit(ADD, RECORD, BlockRows.RECORD_BYTES);
    }

    /// Where an activation record holds minus bias times its sum; negative when there is no bias.
    private int biasOffset() {
        return switch (layout.bias()) {
            case 0 -> -1;
            case 8 -> BlockRows.SUM_TIMES_8_OFFSET_BYTES;
            case 16 -> BlockRows.SUM_TIMES_16_OFFSET_BYTES;
            case 128 -> BlockRows.SUM_TIMES_128_OFFSET_BYTES;
            default -> throw new AssertionError(layout);
        };
    }

    // ---- integer products ----

    /// Leaves the products of these steps in the sums, less the bias.
    private void emitDots(int firstStep, int endStep, int biasOffsetBytes) {
        if (vnni) {
            emitVnniDots(firstStep, endStep, biasOffsetBytes);
        } else if (layout.words() == PanelLayout.Words.BYTES) {
            emitByteDots();
        } else {
            emitRuns(firstStep, endStep, biasOffsetBytes);
        }
    }

    private void emitVnniDots(int firstStep, int endStep, int biasOffsetBytes) {
        for (int token = 0; token < tokens; token++) {
            for (int half = 0; half < HALVES; half++) {
                if (biasOffsetBytes < 0) {
                    clear(dot(token, half));
                } else {
                    code.emit(VPBROADCASTD, dot(token, half), record(token, biasOffsetBytes));
                }
            }
        }
        for (int step = firstStep; step < endStep; step++) {
            emitWeights(step);
            for (int token = 0; token < tokens; token++) {
                code.emit(VPBROADCASTD, WORD, record(token, 4 * step));
                for (int half = 0; half < HALVES; half++) {
                    fourProducts.emit(code, dot(token, half), weights(half), WORD);
                }
            }
        }
    }

    private int runSteps() {
        return switch (layout.words()) {
            case NIBBLES -> 8;
            case FIVE_BITS -> 4;
            case SIX_BITS -> 2;
            case BYTES, FLOATS, HALVES -> throw new AssertionError(layout);
        };
    }

    private void emitRuns(int firstStep, int endStep, int biasOffsetBytes) {
        for (int run = firstStep; run < endStep; run += runSteps()) {
            for (int step = run; step < run + runSteps(); step++) {
                emitWeights(step);
                emitPairProducts(step, step == run);
            }
            for (int token = 0; token < tokens; token++) {
                for (int half = 0; half < HALVES; half++) {
                    Ymm dot = dot(token, half);
                    code.emit(VPMADDWD, dot, dot, ONES);
                    if (run > firstStep) {
                        code.emit(VPADDD, dot, dot, partial(token, half));
                    }
                    if (run + runSteps() < endStep) {
                        code.emit(Store.VMOVDQU, partial(token, half), dot);
                    }
                }
            }
        }
        if (biasOffsetBytes < 0) {
            return;
        }
        for (int token = 0; token < tokens; token++) {
            code.emit(VPBROADCASTD, WORD, record(token, biasOffsetBytes));
            for (int half = 0; half < HALVES; half++) {
                code.emit(VPADDD, dot(token, half), dot(token, half), WORD);
            }
        }
    }

    private void emitPairProducts(int step, boolean first) {
        for (int token = 0; token < tokens; token++) {
            code.emit(VPBROADCASTD, WORD, record(token, 4 * step));
            for (int half = 0; half < HALVES; half++) {
                if (first) {
                    code.emit(VPMADDUBSW, dot(token, half), weights(half), WORD);
                } else {
                    code.emit(VPMADDUBSW, PRODUCT, weights(half), WORD);
                    code.emit(VPADDW, dot(token, half), dot(token, half), PRODUCT);
                }
            }
        }
    }

    private void emitByteDots() {
        for (int step = 0; step < STEPS; step++) {
            emitWeights(step);
            for (int half = 0; half < HALVES; half++) {
                code.emit(VPXOR, weights(half), weights(half), BITS);
                code.emit(VPABSB, minimum(half), weights(half));
            }
            for (int token = 0; token < tokens; token++) {
                code.emit(VPBROADCASTD, WORD, record(token, 4 * step));
                for (int half = 0; half < HALVES; half++) {
                    Ymm dot = dot(token, half);
                    code.emit(VPSIGNB, PRODUCT, WORD, weights(half));
                    code.emit(VPMADDUBSW, PRODUCT, minimum(half), PRODUCT);
                    if (step == 0) {
                        code.emit(VPMADDWD, dot, PRODUCT, ONES);
                    } else {
                        code.emit(VPMADDWD, PRODUCT, PRODUCT, ONES);
                        code.emit(VPADDD, dot, dot, PRODUCT);
                    }
                }
            }
        }
    }

    /// Loads the unsigned weights of columns `4 * step` to `4 * step + 3`.
    private void emitWeights(int step) {
        for (int half = 0; half < HALVES; half++) {
            Ymm to = weights(half);
            if (layout.words() == PanelLayout.Words.BYTES) {
                code.emit(VMOVDQU, to, word(step, half));
            } else if (step < STEPS / 2) {
                code.emit(VPAND, to, BITS, word(step, half));
            } else {
                code.emit(VMOVDQU, to, word(step - STEPS / 2, half));
                code.emit(VPSRLD, to, to, 4);
                code.emit(VPAND, to, to, BITS);
            }
            switch (layout.words()) {
                case FIVE_BITS -> addUpperBits(to, word(4, half), 4 - step, 0x10101010);
                case SIX_BITS ->
                        addUpperBits(to, word(4 + step / 4, half), 4 - step % 4 * 2, 0x30303030);
                case NIBBLES, BYTES, FLOATS, HALVES -> {}
            }
        }
    }

    private void addUpperBits(Ymm to, Address plane, int shiftLeft, int mask) {
        code.emit(VMOVDQU, PRODUCT, plane);
        if (shiftLeft > 0) {
            code.emit(VPSLLD, PRODUCT, PRODUCT, shiftLeft);
        } else if (shiftLeft < 0) {
            code.emit(VPSRLD, PRODUCT, PRODUCT, -shiftLeft);
        }
        code.emit(VPAND, PRODUCT, PRODUCT, lanes(mask));
        code.emit(VPOR, to, to, PRODUCT);
    }

    // ---- scales ----

    /// The products of both halves of a block with their sub-scales, and the sum of these, are below 2^24, so that fp32
    /// holds them exactly; added to +0 so that an integer zero is +0.
    private void emitFirstSubScale() {
        loadSubScales(0);
        clear(PRODUCT);
        for (int token = 0; token < tokens; token++) {
            for (int half = 0; half < HALVES; half++) {
                Ymm dot = dot(token, half);
                code.emit(VCVTDQ2PS, dot, dot);
                code.emit(VFMADD213PS, dot, weights(half), PRODUCT);
                code.emit(Store.VMOVUPS, scaledHalf(token, half), dot);
            }
        }
    }

    private void emitSecondSubScale() {
        loadSubScales(1);
        for (int token = 0; token < tokens; token++) {
            for (int half = 0; half < HALVES; half++) {
                Ymm dot = dot(token, half);
                code.emit(VCVTDQ2PS, dot, dot);
                code.emit(VFMADD213PS, dot, weights(half), scaledHalf(token, half));
            }
        }
    }

    private void loadSubScales(int number) {
        for (int half = 0; half < HALVES; half++) {
            int offset = number * PackedWeights.GROUP_ROWS + half * VECTOR_FLOATS;
            code.emit(VPMOVSXBD, weights(half), Address.at(BLOCK, offset));
            code.emit(VCVTDQ2PS, weights(half), weights(half));
        }
    }

    /// Adds the block's dot products, scaled, to the running sums.
    private void emitScales() {
        for (int half = 0; half < HALVES; half++) {
            loadScale(half, weights(half), 0);
            if (hasMinimum) {
                loadScale(half, minimum(half), 1);
            }
        }
        for (int token = 0; token < tokens; token++) {
            code.emit(VBROADCASTSS, WORD, record(token, BlockRows.SCALE_OFFSET_BYTES));
            for (int half = 0; half < HALVES; half++) {
                Ymm dot = dot(token, half);
                if (!twoScales) {
                    code.emit(VCVTDQ2PS, dot, dot);
                }
                code.emit(VMULPS, PRODUCT, weights(half), WORD);
                if (keepsSums()) {
                    code.emit(VFMADD231PS, sum(token, half), PRODUCT, dot);
                } else {
                    code.emit(VFMADD213PS, dot, PRODUCT, Segments256.sum(2 * token + half));
                }
            }
            if (hasMinimum) {
                addMinimums(token);
            }
            for (int half = 0; half < HALVES && !keepsSums(); half++) {
                code.emit(Store.VMOVUPS, Segments256.sum(2 * token + half), dot(token, half));
            }
        }
    }

    private void addMinimums(int token) {
        // The minimums of K types are subtracted, those of the others are added.
        Ternary add = layout.hasSuperBlocks() ? VFNMADD231PS : VFMADD231PS;
        code.emit(VBROADCASTSS, WORD, record(token, BlockRows.SCALED_SUM_OFFSET_BYTES));
        for (int half = 0; half < HALVES; half++) {
            code.emit(add, sum(token, half), minimum(half), WORD);
        }
    }

    /// Loads the scale (number 0) or the minimum (number 1) of a block in fp32.
    private void loadScale(int half, Ymm to, int number) {
        int halfOffset = number * PanelLayout.HALF_BYTES + half * VECTOR_FLOATS * Short.BYTES;
        if (!layout.hasSuperBlocks()) {
            code.emit(VCVTPH2PS, to, Address.at(BLOCK, halfOffset));
            return;
        }
        code.emit(VCVTPH2PS, to, Address.at(SUPER_BLOCK, halfOffset));
        if (twoScales) {
            return;
        }
        int offset = number * PackedWeights.GROUP_ROWS + half * VECTOR_FLOATS;
        code.emit(VPMOVZXBD, WORD, Address.at(BLOCK, offset));
        code.emit(VCVTDQ2PS, WORD, WORD);
        code.emit(VMULPS, to, to, WORD);
    }

    // ---- operands ----

    private void clear(Ymm register) {
        code.emit(VPXOR, register, register, register);
    }

    private static Ymm dot(int token, int half) {
        return new Ymm(HALVES * token + half);
    }

    /// The running sum, which is where the dot product was when it is not kept in a register.
    private Ymm sum(int token, int half) {
        return keepsSums() ? new Ymm(FIRST_KEPT_SUM + HALVES * token + half) : dot(token, half);
    }

    private static Ymm weights(int half) {
        return new Ymm(FIRST_WEIGHTS + half);
    }

    private static Ymm minimum(int half) {
        return new Ymm(FIRST_MINIMUMS + half);
    }

    private Address word(int word, int half) {
        return Address.at(BLOCK, layout.headerBytes() + word * WORD_BYTES + half * VECTOR_BYTES);
    }

    private static Address record(int token, int offsetBytes) {
        return TileLoops.row(
                RECORD, TileLoops.INPUT_STRIDE, TileLoops.INPUT_STRIDE_3, token, offsetBytes);
    }

    private static Address partial(int token, int half) {
        return Address.at(Gpr.RSP, PARTIALS_OFFSET + (HALVES * token + half) * VECTOR_BYTES);
    }

    private static Address scaledHalf(int token, int half) {
        return Address.at(Gpr.RSP, SCALED_HALVES_OFFSET + (HALVES * token + half) * VECTOR_BYTES);
    }

    private Address lanes(int value) {
        if (upperBits == null) {
            int[] words = new int[VECTOR_FLOATS];
            Arrays.fill(words, value);
            upperBits = code.table(words);
        }
        return upperBits;
    }
}
