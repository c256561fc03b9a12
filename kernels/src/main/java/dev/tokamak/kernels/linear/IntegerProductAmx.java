package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.CMP;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRLD;
import static dev.tokamak.kernels.assembler.Binary.VCVTDQ2PS;
import static dev.tokamak.kernels.assembler.Ternary.VADDPS;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD213PS;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VFNMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VMULPS;
import static dev.tokamak.kernels.assembler.Ternary.VPAND;
import static dev.tokamak.kernels.assembler.Ternary.VPSUBB;
import static dev.tokamak.kernels.assembler.Ternary.VPXOR;
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
import dev.tokamak.kernels.assembler.Mask;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import dev.tokamak.kernels.assembler.Widening;
import dev.tokamak.kernels.format.TensorType;

/// Emits the product of integer weights and the quantised activations of 8 or 16 tokens at a time with AMX, and AVX-512 for
/// what is not integer. Confined to one thread.
final class IntegerProductAmx {

    /* A tile of the product is one group times 16 (or 8) tokens. For each block, the weights are unpacked to signed bytes
     * without bias, [8 steps][16 rows][4 columns], which is a matrix tile as it lies; the tokens' records are another, their
     * stride being that of the token rows. Their product, [tokens][16 rows] of int32, goes through scratch memory to vectors,
     * which scale it and add it to the running sums. Blocks whose halves have scales or sub-scales of their own have two
     * products of half the depth.
     *
     * Registers: 0..15 running sums, 16 and 17 scale and minimum or those of the two halves, 18 the scale of a block with
     * sub-scales, 19..21 products, 22..24 sub-minimums and the factor of minimums, 27 the table, 28 zeros, 29 weights, 30 the
     * bias, 31 the mask of a value's bits. */

    /// Tokens of the larger tile.
    static final int MOST_TOKENS = 16;

    /// Tokens of the smaller tile.
    static final int TOKEN_STEP = 8;

    private static final Zmm SCALE = new Zmm(16);
    private static final Zmm MINIMUM = new Zmm(17);
    private static final Zmm SECOND_SCALE = new Zmm(17);
    private static final Zmm FIRST_SUB_SCALE = new Zmm(16);
    private static final Zmm SECOND_SUB_SCALE = new Zmm(17);
    private static final Zmm SUPER_SCALE = new Zmm(18);
    private static final Zmm DOT = new Zmm(19);
    private static final Zmm PRODUCT = new Zmm(20);
    private static final Zmm SECOND_DOT = new Zmm(21);
    private static final Zmm FIRST_SUB_MINIMUM = new Zmm(22);
    private static final Zmm SECOND_SUB_MINIMUM = new Zmm(23);
    private static final Zmm MINIMUM_FACTOR = new Zmm(24);
    private static final Zmm TABLE = new Zmm(27);
    private static final Zmm ZERO = new Zmm(28);
    private static final Zmm WORD = new Zmm(29);
    private static final Zmm BIAS = new Zmm(30);
    private static final Zmm MASK = new Zmm(31);
    private static final Mask ROWS = new Mask(1);

    private static final Gpr BLOCK = TileLoops.FREE_0;

    /// The records of the current block, that of the tile's first token.
    static final Gpr RECORD = TileLoops.FREE_1;

    private static final Gpr SUPER_BLOCK = TileLoops.FREE_2;
    private static final Gpr COUNT = TileLoops.FREE_3;
    private static final Gpr SEGMENT_LEFT = TileLoops.FREE_4;

    /// Free for walking over the tokens of a block; the tile's input is saved.
    static final Gpr POINTER = TileLoops.INPUT;

    /// Holds [#LINE_BYTES], the stride of tiles in scratch memory; the tile's output is saved.
    static final Gpr LINE = TileLoops.OUTPUT;

    static final int LINE_BYTES = 64;
    private static final int STEPS = 8;
    private static final int SEGMENT_BLOCKS = PackedWeights.SEGMENT / Activations.BLOCK;

    private static final Address BLOCKS_LEFT = scratch(0);
    private static final Address SAVED_INPUT = scratch(8);
    private static final Address SAVED_OUTPUT = scratch(16);
    private static final int TOTALS = LINE_BYTES;
    private static final int PANEL = TOTALS + MOST_TOKENS * LINE_BYTES;
    private static final int DOTS = PANEL + STEPS * LINE_BYTES;
    private static final int SECOND_DOTS = DOTS + MOST_TOKENS * LINE_BYTES;
    private static final int SCRATCH_BYTES = SECOND_DOTS + MOST_TOKENS * LINE_BYTES;

    private final Assembler code = new Assembler();
    private final PanelLayout layout;
    private final PanelLayout.Scales scales;
    private final boolean hasMinimum;
    private final boolean twoScales;
    private final boolean twoProducts;
    private final WeightBytes512 weightBytes;
    private final TileUnit unit;
    private int tokens;

    private IntegerProductAmx(TensorType type, TileUnit unit) {
        this.layout = PanelLayout.of(type);
        this.hasMinimum = type.hasMinimum();
        this.scales = layout.scales();
        this.twoScales = scales.hasTwoSubScales();
        this.twoProducts = twoScales || scales == PanelLayout.Scales.TWO_HALVES;
        this.weightBytes = new WeightBytes512(code, layout, MASK, TABLE, PRODUCT);
        this.unit = unit;
    }

    /// The machine code for weights of this type and multiples of 8 tokens; see [TileLoops] for its arguments, columns being
    /// in blocks.
    static byte[] emit(TensorType type, TileUnit unit) {
        return new IntegerProductAmx(type, unit).emit();
    }

    private byte[] emit() {
        TileLoops loops =
                TileLoops.ofTokenSteps(
                        code,
                        MOST_TOKENS,
                        TOKEN_STEP,
                        (groups, tokens, first) -> emitTile(groups, tokens));
        loops.emit(SCRATCH_BYTES, this::emitConstants);
        return code.assemble();
    }

    private void emitConstants() {
        if (layout.hasSuperBlocks()) {
            code.shiftRight(
                    TileLoops.GROUP_BYTES, Integer.numberOfTrailingZeros(layout.superBlocks()));
        }
        code.multiply(TileLoops.GROUP_BYTES, TileLoops.GROUP_BYTES, layout.superBlockBytes());
        weightBytes.emitConstants(-layout.bias());
        code.emit(VPBROADCASTD, BIAS, code.single(layout.bias() * 0x01010101));
        clear(ZERO);
    }

    private void emitTile(int groups, int tokens) {
        this.tokens = tokens;
        code.store(SAVED_INPUT, TileLoops.INPUT);
        code.store(SAVED_OUTPUT, TileLoops.OUTPUT);
        for (int token = 0; token < tokens; token++) {
            code.emit(Store.VMOVUPS, line(TOTALS, token), ZERO);
        }
        unit.open(code, tokens, stepsOfProduct());
        code.move(BLOCK, TileLoops.WEIGHTS);
        code.move(RECORD, TileLoops.INPUT);
        code.move(LINE, LINE_BYTES);
        code.load(COUNT, TileLoops.COLUMNS);
        Label segment = code.here();
        for (int token = 0; token < tokens; token++) {
            clear(new Zmm(token));
        }
        code.move(SEGMENT_LEFT, SEGMENT_BLOCKS);
        code.emit(CMP, COUNT, SEGMENT_BLOCKS);
        code.moveIf(Condition.LESS, SEGMENT_LEFT, COUNT);
        code.emit(SUB, COUNT, SEGMENT_LEFT);
        code.store(BLOCKS_LEFT, COUNT);
        emitSegment();
        for (int token = 0; token < tokens; token++) {
            Zmm sum = new Zmm(token);
            code.emit(VADDPS, sum, sum, line(TOTALS, token));
            code.emit(Store.VMOVUPS, line(TOTALS, token), sum);
        }
        code.load(COUNT, BLOCKS_LEFT);
        code.test(COUNT, COUNT);
        code.jumpIf(Condition.NOT_EQUAL, segment);
        unit.close(code);
        code.load(TileLoops.INPUT, SAVED_INPUT);
        code.load(TileLoops.OUTPUT, SAVED_OUTPUT);
        emitStores();
    }

    private int stepsOfProduct() {
        return twoProducts ? STEPS / 2 : STEPS;
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
        for (int step = 0; step < STEPS; step++) {
            emitWeights(step, WORD);
            code.emit(Store.VMOVDQU, line(PANEL, step), WORD);
        }
        if (twoProducts) {
            unit.multiply(
                    code, tokens, STEPS / 2, Address.at(RECORD), line(PANEL, 0), line(DOTS, 0));
            unit.multiply(
                    code,
                    tokens,
                    STEPS / 2,
                    Address.at(RECORD, Activations.BLOCK / 2),
                    line(PANEL, STEPS / 2),
                    line(SECOND_DOTS, 0));
            loadHalfScales();
        } else {
            unit.multiply(code, tokens, STEPS, Address.at(RECORD), line(PANEL, 0), line(DOTS, 0));
            loadScale(SCALE, 0);
            if (hasMinimum) {
                loadScale(MINIMUM, 1);
            }
        }
        addProducts();
        code.emit(ADD, BLOCK, layout.blockBytes());
        code.emit(ADD, RECORD, BlockRows.RECORD_BYTES);
    }

    /// Loads the weights of columns `4 * step` to `4 * step + 3` as signed bytes.
    private void emitWeights(int step, Zmm to) {
        weightBytes.emit(step, to, this::word);
        if (layout.bias() > 0 && !layout.hasTable()) {
            code.emit(VPSUBB, to, to, BIAS);
        }
    }

    /// Loads a scale or minimum of a block in fp32.
    ///
    /// @param number of what is asked for in the block's header: the first or the second
    private void loadScale(Zmm to, int number) {
        Address half = Address.at(BLOCK, number * PanelLayout.HALF_BYTES);
        Address factor = Address.at(SUPER_BLOCK, number * PanelLayout.HALF_BYTES);
        Address subScale = Address.at(BLOCK, number * PackedWeights.GROUP_ROWS);
        switch (scales) {
            case HALF, HALF_AND_MINIMUM, TWO_HALVES -> code.emit(VCVTPH2PS, to, half);
            case BFLOAT -> {
                code.emit(VPMOVZXWD, to, half);
                code.emit(VPSLLD, to, to, 16);
            }
            case SUPER, SUPER_AND_TWO_BYTES, SUPER_AND_NIBBLES -> loadFactor(to, factor);
            case SUPER_AND_BYTE -> loadProduct(VPMOVSXBD, to, subScale, factor);
            case SUPER_AND_MINIMUM -> loadProduct(VPMOVZXBD, to, subScale, factor);
            case NONE -> throw new AssertionError(layout);
        }
    }

    private void loadProduct(Widening widening, Zmm to, Address subScale, Address factor) {
        code.emit(widening, to, subScale);
        code.emit(VCVTDQ2PS, to, to);
        loadFactor(PRODUCT, factor);
        code.emit(VMULPS, to, to, PRODUCT);
    }

    /// Loads factors of a super-block.
    private void loadFactor(Zmm to, Address factor) {
        code.emit(VCVTPH2PS, to, factor);
        if (layout.unit() != 1f) {
            code.emit(VMULPS, to, to, code.repeated(layout.unit()));
        }
    }

    private void loadHalfScales() {
        if (!twoScales) {
            loadScale(SCALE, 0);
            loadScale(SECOND_SCALE, 1);
            return;
        }
        loadSubScale(FIRST_SUB_SCALE, 0);
        loadSubScale(SECOND_SUB_SCALE, 1);
        loadScale(SUPER_SCALE, 0);
        if (hasMinimum) {
            loadSubMinimum(FIRST_SUB_MINIMUM, 0);
            loadSubMinimum(SECOND_SUB_MINIMUM, 1);
            code.emit(VCVTPH2PS, MINIMUM_FACTOR, Address.at(SUPER_BLOCK, PanelLayout.HALF_BYTES));
        }
    }

    private void loadSubScale(Zmm to, int half) {
        Address bytes = Address.at(BLOCK, half * PackedWeights.GROUP_ROWS);
        if (scales == PanelLayout.Scales.SUPER_AND_NIBBLES) {
            code.emit(VPMOVZXBD, to, bytes);
            code.emit(VPAND, to, to, code.repeated(15));
        } else {
            code.emit(VPMOVSXBD, to, bytes);
        }
        code.emit(VCVTDQ2PS, to, to);
    }

    /// Divided by -32, since records hold the sums that they are multiplied by times -32.
    private void loadSubMinimum(Zmm to, int half) {
        code.emit(VPMOVZXBD, to, Address.at(BLOCK, half * PackedWeights.GROUP_ROWS));
        code.emit(VPSRLD, to, to, 4);
        code.emit(VCVTDQ2PS, to, to);
        code.emit(VMULPS, to, to, code.repeated(-1f / 32));
    }

    /// Adds the block's products, scaled, to the running sums.
    private void addProducts() {
        // The minimums of K types are subtracted, those of the others are added.
        Ternary addMinimum = layout.hasSuperBlocks() ? VFNMADD231PS : VFMADD231PS;
        code.move(POINTER, RECORD);
        for (int token = 0; token < tokens; token++) {
            if (token > 0 && token % 4 == 0) {
                code.lea(POINTER, Address.at(POINTER, TileLoops.INPUT_STRIDE, 4, 0));
            }
            Zmm sum = new Zmm(token);
            loadDot(token);
            Zmm scale = twoScales ? SUPER_SCALE : SCALE;
            Address inputScale = record(token, BlockRows.SCALE_OFFSET_BYTES).repeated();
            code.emit(VMULPS, PRODUCT, scale, inputScale);
            code.emit(VFMADD231PS, sum, PRODUCT, DOT);
            if (twoProducts && !twoScales) {
                code.emit(VMULPS, PRODUCT, SECOND_SCALE, inputScale);
                code.emit(VFMADD231PS, sum, PRODUCT, SECOND_DOT);
            }
            if (hasMinimum && twoScales) {
                subtractSubMinimums(token, inputScale);
            } else if (hasMinimum) {
                Address scaledSum = record(token, BlockRows.SCALED_SUM_OFFSET_BYTES).repeated();
                code.emit(addMinimum, sum, MINIMUM, scaledSum);
            }
        }
    }

    /// Leaves the token's integer products in fp32. Products of both halves of a block with their sub-scales, and the sum of
    /// these, are below 2^24, so that fp32 holds them exactly; the first is added to +0 so that an integer zero is +0.
    private void loadDot(int token) {
        code.emit(VCVTDQ2PS, DOT, line(DOTS, token));
        if (twoProducts) {
            code.emit(VCVTDQ2PS, SECOND_DOT, line(SECOND_DOTS, token));
        }
        if (twoScales) {
            code.emit(VFMADD213PS, DOT, FIRST_SUB_SCALE, ZERO);
            code.emit(VFMADD231PS, DOT, SECOND_SUB_SCALE, SECOND_DOT);
        }
    }

    /// The sum of both halves' activations times their sub-minimums is exact and never -0 for the same reasons.
    private void subtractSubMinimums(int token, Address inputScale) {
        Address first = record(token, BlockRows.FIRST_SUM_TIMES_32_OFFSET_BYTES);
        Address second = record(token, BlockRows.SECOND_SUM_TIMES_32_OFFSET_BYTES);
        code.emit(VCVTDQ2PS, PRODUCT, first.repeated());
        code.emit(VCVTDQ2PS, SECOND_DOT, second.repeated());
        code.emit(VFMADD213PS, PRODUCT, FIRST_SUB_MINIMUM, ZERO);
        code.emit(VFMADD231PS, PRODUCT, SECOND_SUB_MINIMUM, SECOND_DOT);
        code.emit(VMULPS, PRODUCT, PRODUCT, inputScale);
        code.emit(VFNMADD231PS, new Zmm(token), MINIMUM_FACTOR, PRODUCT);
    }

    private void emitStores() {
        code.load(COUNT, TileLoops.ROW_MASK);
        code.move(ROWS, COUNT);
        code.lea(COUNT, Address.at(TileLoops.OUTPUT_STRIDE, TileLoops.OUTPUT_STRIDE, 2, 0));
        code.move(RECORD, TileLoops.OUTPUT);
        for (int token = 0; token < tokens; token++) {
            if (token > 0 && token % 4 == 0) {
                code.lea(RECORD, Address.at(RECORD, TileLoops.OUTPUT_STRIDE, 4, 0));
            }
            Address to = TileLoops.row(RECORD, TileLoops.OUTPUT_STRIDE, COUNT, token % 4, 0);
            code.emit(Store.VMOVUPS, to, new Zmm(token), ROWS.merging());
        }
    }

    private void clear(Zmm register) {
        code.emit(VPXOR, register, register, register);
    }

    private Address word(int word) {
        return Address.at(BLOCK, layout.headerBytes() + word * PanelLayout.WORD_BYTES);
    }

    /// A place in the record of a token of the current four.
    static Address record(int token, int offsetBytes) {
        return TileLoops.row(
                POINTER, TileLoops.INPUT_STRIDE, TileLoops.INPUT_STRIDE_3, token % 4, offsetBytes);
    }

    private static Address line(int area, int number) {
        return scratch(area + number * LINE_BYTES);
    }

    private static Address scratch(int offsetBytes) {
        return Address.at(Gpr.RSP, TileLoops.SCRATCH_OFFSET + offsetBytes);
    }
}
