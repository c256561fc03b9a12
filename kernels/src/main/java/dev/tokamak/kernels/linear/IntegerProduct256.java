package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRAD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRLD;
import static dev.tokamak.kernels.assembler.Binary.VCVTDQ2PS;
import static dev.tokamak.kernels.assembler.Binary.VMOVUPS;
import static dev.tokamak.kernels.assembler.Binary.VPABSB;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD213PS;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VFNMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VMULPS;
import static dev.tokamak.kernels.assembler.Ternary.VPADDD;
import static dev.tokamak.kernels.assembler.Ternary.VPADDW;
import static dev.tokamak.kernels.assembler.Ternary.VPMADDUBSW;
import static dev.tokamak.kernels.assembler.Ternary.VPMADDWD;
import static dev.tokamak.kernels.assembler.Ternary.VPSIGNB;
import static dev.tokamak.kernels.assembler.Ternary.VPXOR;
import static dev.tokamak.kernels.assembler.Widening.VBROADCASTSS;
import static dev.tokamak.kernels.assembler.Widening.VCVTPH2PS;
import static dev.tokamak.kernels.assembler.Widening.VPBROADCASTD;
import static dev.tokamak.kernels.assembler.Widening.VPMOVSXBD;
import static dev.tokamak.kernels.assembler.Widening.VPMOVZXBD;
import static dev.tokamak.kernels.assembler.Widening.VPMOVZXWD;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.assembler.Widening;
import dev.tokamak.kernels.format.TensorType;

/// Emits the product of integer weights and quantised activations with AVX2, or with AVX-VNNI. Confined to one thread.
final class IntegerProduct256 {

    /* A tile is one group, which is two halves of 8 rows, times T tokens. Columns are taken four at a time (a step).
     *
     * AVX2 has no instruction that adds four products of bytes to 32 bits. `vpmaddubsw` adds two products of unsigned
     * weights and signed activations to 16 bits with saturation, so steps are gathered in runs whose sums cannot reach
     * 32,768, and `vpmaddwd` by ones turns a run into 32 bits:
     *
     *   4 bits  8 steps of at most 2 * 15 * 127: 30,480      6 bits  2 steps of at most 2 * 63 * 127: 32,004
     *   5 bits  4 steps of at most 2 * 31 * 127: 31,496      7 bits  1 step of at most 2 * 126 * 127: 32,004
     *   8 bits  1 step of at most 2 * 128 * 127: 32,512, the weights' signs being moved to the activations
     *
     * Registers: 0..7 sums of the current run or block, of which 4..7 are the running sums of tiles of one or two tokens; 8
     * and 9 weights, then scales; 10 and 11 weights without their signs, then minimums; 12 a token's word; 13 products, or
     * the table while weights are looked up; 14 ones; 15 the mask of a value's bits, or the sign bits of weights that are
     * bytes. Other running sums are in scratch memory. */

    private static final int HALVES = 2;
    private static final int MOST_TOKENS = 4;
    private static final int MOST_SUMS = HALVES * MOST_TOKENS;
    private static final int KEPT_SUMS = 4;
    private static final int FIRST_KEPT_SUM = 4;
    private static final int FIRST_WEIGHTS = 8;
    private static final int FIRST_MINIMUMS = 10;
    private static final int FIRST_SUB_MINIMUMS = 8;
    private static final int SECOND_SUB_MINIMUMS = 9;
    private static final Ymm MINIMUM_FACTOR = new Ymm(10);
    private static final Ymm ZERO = new Ymm(11);
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

    /// The largest integer of which two, times 127 each, fit 16 bits.
    private static final int MOST_OF_A_PRODUCT = 129;

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
    private final PanelLayout.Scales scales;
    private final boolean hasMinimum;
    private final boolean twoScales;
    private final boolean movesSigns;
    private final WeightBytes256 weightBytes;
    private final boolean vnni;
    private final FourProducts fourProducts;
    private int tokens;

    private IntegerProduct256(TensorType type, boolean vnni, FourProducts fourProducts) {
        this.layout = PanelLayout.of(type);
        this.hasMinimum = type.hasMinimum();
        this.scales = layout.scales();
        this.twoScales = scales.hasTwoSubScales();
        this.movesSigns = !vnni && layout.largest() > MOST_OF_A_PRODUCT;
        // Weights whose signs move must have them, which those in a table have without a bias.
        int added = movesSigns ? -layout.bias() : 0;
        this.weightBytes = new WeightBytes256(code, layout, added, BITS, PRODUCT);
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
        weightBytes.emitConstants();
        if (layout.words() == PanelLayout.Words.BYTES) {
            code.emit(VPBROADCASTD, BITS, code.single(0x80808080));
        }
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
            emitDots(0, STEPS / 2, BlockRows.Sum.timesBias(layout.bias(), 0));
            emitFirstSubScale();
            emitDots(STEPS / 2, STEPS, BlockRows.Sum.timesBias(layout.bias(), 1));
            emitSecondSubScale();
            emitScales(0);
        } else if (scales == PanelLayout.Scales.TWO_HALVES) {
            emitDots(0, STEPS / 2, BlockRows.Sum.timesBias(layout.bias(), 0));
            emitScales(0);
            emitDots(STEPS / 2, STEPS, BlockRows.Sum.timesBias(layout.bias(), 1));
            emitScales(1);
        } else {
            emitDots(0, STEPS, BlockRows.Sum.timesBias(layout.bias()));
            emitScales(0);
        }
        code.emit(ADD, BLOCK, layout.blockBytes());
        code.emit(ADD, RECORD, BlockRows.RECORD_BYTES);
    }

    // ---- integer products ----

    /// Leaves the products of these steps in the sums, less the bias.
    ///
    /// @param sum that is to be multiplied by the bias
    private void emitDots(int firstStep, int endStep, BlockRows.Sum sum) {
        if (vnni) {
            emitVnniDots(firstStep, endStep, sum);
        } else if (movesSigns) {
            emitSingleSteps(firstStep, endStep);
        } else if (runSteps() == 1) {
            emitSingleSteps(firstStep, endStep);
            addBias(sum);
        } else {
            emitRuns(firstStep, endStep);
            addBias(sum);
        }
    }

    private void emitVnniDots(int firstStep, int endStep, BlockRows.Sum sum) {
        for (int token = 0; token < tokens; token++) {
            boolean shifts = layout.bias() > 0 && sum.shiftLeft() != 0;
            if (shifts) {
                loadBias(token, sum);
            }
            for (int half = 0; half < HALVES; half++) {
                if (layout.bias() == 0) {
                    clear(dot(token, half));
                } else if (shifts) {
                    code.emit(VMOVUPS, dot(token, half), WORD);
                } else {
                    code.emit(VPBROADCASTD, dot(token, half), record(token, sum.offsetBytes()));
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

    /// Loads minus bias times a token's sum in all lanes.
    private void loadBias(int token, BlockRows.Sum sum) {
        code.emit(VPBROADCASTD, WORD, record(token, sum.offsetBytes()));
        if (sum.shiftLeft() > 0) {
            code.emit(VPSLLD, WORD, WORD, sum.shiftLeft());
        } else if (sum.shiftLeft() < 0) {
            code.emit(VPSRAD, WORD, WORD, -sum.shiftLeft());
        }
    }

    /// Steps whose sums of products fit 16 bits: 8, 4, 2 or 1.
    private int runSteps() {
        return Integer.highestOneBit(Math.min(STEPS, MOST_OF_A_PRODUCT / layout.largest()));
    }

    private void emitRuns(int firstStep, int endStep) {
        int runSteps = Math.min(runSteps(), endStep - firstStep);
        for (int run = firstStep; run < endStep; run += runSteps) {
            for (int step = run; step < run + runSteps; step++) {
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
                    if (run + runSteps < endStep) {
                        code.emit(Store.VMOVDQU, partial(token, half), dot);
                    }
                }
            }
        }
    }

    private void addBias(BlockRows.Sum sum) {
        for (int token = 0; token < tokens && layout.bias() > 0; token++) {
            loadBias(token, sum);
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

    /// Products of steps that are widened one by one. Signed weights are replaced by their magnitudes, and the activations
    /// take over the signs.
    private void emitSingleSteps(int firstStep, int endStep) {
        for (int step = firstStep; step < endStep; step++) {
            emitWeights(step);
            for (int half = 0; half < HALVES && movesSigns; half++) {
                if (layout.words() == PanelLayout.Words.BYTES) {
                    code.emit(VPXOR, weights(half), weights(half), BITS);
                }
                code.emit(VPABSB, minimum(half), weights(half));
            }
            for (int token = 0; token < tokens; token++) {
                code.emit(VPBROADCASTD, WORD, record(token, 4 * step));
                for (int half = 0; half < HALVES; half++) {
                    Ymm dot = dot(token, half);
                    if (movesSigns) {
                        code.emit(VPSIGNB, PRODUCT, WORD, weights(half));
                        code.emit(VPMADDUBSW, PRODUCT, minimum(half), PRODUCT);
                    } else {
                        code.emit(VPMADDUBSW, PRODUCT, weights(half), WORD);
                    }
                    if (step == firstStep) {
                        code.emit(VPMADDWD, dot, PRODUCT, ONES);
                    } else {
                        code.emit(VPMADDWD, PRODUCT, PRODUCT, ONES);
                        code.emit(VPADDD, dot, dot, PRODUCT);
                    }
                }
            }
        }
    }

    /// Loads the weights of columns `4 * step` to `4 * step + 3`.
    private void emitWeights(int step) {
        for (int half = 0; half < HALVES; half++) {
            int rows = half;
            weightBytes.emit(step, weights(half), word -> word(word, rows));
        }
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
            Ymm to = weights(half);
            Address bytes = headerBytes(number, half);
            if (scales == PanelLayout.Scales.SUPER_AND_NIBBLES) {
                code.emit(VPMOVZXBD, to, bytes);
                code.emit(VPSLLD, to, to, 28);
                code.emit(VPSRLD, to, to, 28);
            } else {
                code.emit(VPMOVSXBD, to, bytes);
            }
            code.emit(VCVTDQ2PS, to, to);
        }
    }

    /// Adds the dot products of a block, or of half of one, scaled, to the running sums.
    ///
    /// @param number of the scale in the block
    private void emitScales(int number) {
        boolean hasPlainMinimum = hasMinimum && !twoScales;
        for (int half = 0; half < HALVES; half++) {
            loadScale(half, weights(half), number);
            if (hasPlainMinimum) {
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
            if (hasPlainMinimum) {
                addMinimums(token);
            }
            if (!hasMinimum || hasPlainMinimum) {
                storeSums(token);
            }
        }
        if (hasMinimum && twoScales) {
            addSubMinimums();
        }
    }

    /// Stores the running sums that are not kept in registers.
    private void storeSums(int token) {
        for (int half = 0; half < HALVES && !keepsSums(); half++) {
            code.emit(Store.VMOVUPS, Segments256.sum(2 * token + half), dot(token, half));
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

    /// Subtracts the minimums times the sum of both halves' activations, which are multiplied by their sub-minimums first: an
    /// integer below 2^24. Records hold the sums times -32.
    private void addSubMinimums() {
        clear(ZERO);
        for (int half = 0; half < HALVES; half++) {
            loadSubMinimums(new Ymm(FIRST_SUB_MINIMUMS), headerBytes(0, half));
            loadSubMinimums(new Ymm(SECOND_SUB_MINIMUMS), headerBytes(1, half));
            code.emit(VCVTPH2PS, MINIMUM_FACTOR, superHalves(1, half));
            for (int token = 0; token < tokens; token++) {
                loadSum(PRODUCT, record(token, BlockRows.FIRST_SUM_TIMES_32_OFFSET_BYTES));
                loadSum(WORD, record(token, BlockRows.SECOND_SUM_TIMES_32_OFFSET_BYTES));
                code.emit(VFMADD213PS, PRODUCT, new Ymm(FIRST_SUB_MINIMUMS), ZERO);
                code.emit(VFMADD231PS, PRODUCT, new Ymm(SECOND_SUB_MINIMUMS), WORD);
                code.emit(VBROADCASTSS, WORD, record(token, BlockRows.SCALE_OFFSET_BYTES));
                code.emit(VMULPS, PRODUCT, PRODUCT, WORD);
                code.emit(VFNMADD231PS, sum(token, half), MINIMUM_FACTOR, PRODUCT);
            }
        }
        for (int token = 0; token < tokens; token++) {
            storeSums(token);
        }
    }

    private void loadSubMinimums(Ymm to, Address bytes) {
        code.emit(VPMOVZXBD, to, bytes);
        code.emit(VPSRLD, to, to, 4);
        code.emit(VCVTDQ2PS, to, to);
        code.emit(VBROADCASTSS, WORD, code.single(-1f / 32));
        code.emit(VMULPS, to, to, WORD);
    }

    private void loadSum(Ymm to, Address sum) {
        code.emit(VPBROADCASTD, to, sum);
        code.emit(VCVTDQ2PS, to, to);
    }

    /// Loads a scale or minimum of a block in fp32.
    ///
    /// @param number of what is asked for in the block's header: the first or the second
    private void loadScale(int half, Ymm to, int number) {
        int offset = number * PanelLayout.HALF_BYTES + half * VECTOR_FLOATS * Short.BYTES;
        switch (scales) {
            case HALF, HALF_AND_MINIMUM, TWO_HALVES ->
                    code.emit(VCVTPH2PS, to, Address.at(BLOCK, offset));
            case BFLOAT -> {
                code.emit(VPMOVZXWD, to, Address.at(BLOCK, offset));
                code.emit(VPSLLD, to, to, 16);
            }
            case SUPER, SUPER_AND_TWO_BYTES, SUPER_AND_NIBBLES ->
                    loadFactor(to, superHalves(number, half));
            case SUPER_AND_BYTE -> loadProduct(VPMOVSXBD, half, to, number);
            case SUPER_AND_MINIMUM -> loadProduct(VPMOVZXBD, half, to, number);
            case NONE -> throw new AssertionError(layout);
        }
    }

    private void loadProduct(Widening widening, int half, Ymm to, int number) {
        loadFactor(to, superHalves(number, half));
        code.emit(widening, WORD, headerBytes(number, half));
        code.emit(VCVTDQ2PS, WORD, WORD);
        code.emit(VMULPS, to, to, WORD);
    }

    /// Loads factors of a super-block.
    private void loadFactor(Ymm to, Address factors) {
        code.emit(VCVTPH2PS, to, factors);
        if (layout.unit() != 1f) {
            code.emit(VBROADCASTSS, WORD, code.single(layout.unit()));
            code.emit(VMULPS, to, to, WORD);
        }
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

    /// Bytes of a block's header, for half of the rows.
    private static Address headerBytes(int number, int half) {
        int offset = number * PackedWeights.GROUP_ROWS + half * VECTOR_FLOATS;
        return Address.at(BLOCK, offset);
    }

    /// fp16 numbers of a super-block's header, for half of the rows.
    private static Address superHalves(int number, int half) {
        int offset = number * PanelLayout.HALF_BYTES + half * VECTOR_FLOATS * Short.BYTES;
        return Address.at(SUPER_BLOCK, offset);
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
}
