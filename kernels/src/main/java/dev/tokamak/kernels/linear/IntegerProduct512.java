package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRAD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRLD;
import static dev.tokamak.kernels.assembler.Binary.VCVTDQ2PS;
import static dev.tokamak.kernels.assembler.Binary.VMOVUPS;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD213PS;
import static dev.tokamak.kernels.assembler.Ternary.VFMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VFNMADD231PS;
import static dev.tokamak.kernels.assembler.Ternary.VMULPS;
import static dev.tokamak.kernels.assembler.Ternary.VPAND;
import static dev.tokamak.kernels.assembler.Ternary.VPDPBUSD;
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
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import dev.tokamak.kernels.assembler.Widening;
import dev.tokamak.kernels.format.TensorType;

/// Emits the product of integer weights and quantised activations with AVX-512 VNNI. Confined to one thread.
final class IntegerProduct512 {

    /* While the first tokens meet a tile's groups, those of the next tile are prefetched: one block of a wide tile fills the
     * window in which a processor looks ahead by itself.
     *
     * A tile is G groups times T tokens, at most 2 times 6, or 2 times 4 with two integer sub-scales in a block: G * T running
     * sums in fp32 and as many integer dot products of the current block. `vpdpbusd` takes unsigned weights and one 32-bit
     * word of a token, repeated in all lanes, which the G groups share. The dot products start at minus bias times the sum
     * of the token's integers, from the activation record.
     *
     * Registers: 0..11 running sums, 12..23 dot products, 24..29 weights, then scales and minimums (29 the table of types
     * that have one, and no minimums), 30 a token's word, 31 the mask of a value's bits. With two sub-scales: 0..7 sums, 8
     * zeros, 9 the table, 12..19 dot products, 20..27 those of the first half of the block times their sub-scales, 28..29
     * weights. */

    private static final int DOTS = 12;
    private static final int WEIGHTS = 24;
    private static final int MINIMUMS = 27;
    private static final Zmm WORD = new Zmm(30);
    private static final Zmm MASK = new Zmm(31);
    private static final Zmm TABLE = new Zmm(29);

    private static final int HALVES = 20;
    private static final int HALVES_WEIGHTS = 28;
    private static final Zmm ZERO = new Zmm(8);
    private static final Zmm HALVES_TABLE = new Zmm(9);

    /// The factor of minimums, two sub-minimums and two sums of a block with sub-minimums, where dot products were; the first
    /// three for each of two groups.
    private static final int MINIMUM_FACTORS = 12;

    private static final int FIRST_SUB_MINIMUMS = 14;
    private static final int SECOND_SUB_MINIMUMS = 16;
    private static final Zmm SECOND_SUM = new Zmm(18);
    private static final Zmm SUB_MINIMUM_SUM = new Zmm(19);

    private static final Gpr BLOCK = TileLoops.FREE_0;
    private static final Gpr RECORD = TileLoops.FREE_1;

    /// The record of the fourth token; three strides are not needed beside it.
    private static final Gpr FOURTH_RECORD = TileLoops.INPUT_STRIDE_3;

    private static final Gpr SUPER_BLOCK = TileLoops.FREE_2;
    private static final Gpr COUNT = Segments512.LENGTH;
    private static final Gpr AHEAD = TileLoops.FREE_4;

    private static final Address SEGMENT_LEFT = Segments512.FREE_SLOT;

    private static final int SEGMENT_BLOCKS = PackedWeights.SEGMENT / Activations.BLOCK;
    private static final int WORD_BYTES = PanelLayout.WORD_BYTES;
    private static final int LINE_BYTES = Segments512.LINE_BYTES;

    private final Assembler code = new Assembler();
    private final PanelLayout layout;
    private final PanelLayout.Scales scales;
    private final boolean hasMinimum;
    private final boolean halves;
    private final WeightBytes512 weightBytes;
    private int groups;
    private int tokens;
    private boolean prefetch;
    private Segments512 segments = new Segments512(code, 0, 0);

    private IntegerProduct512(TensorType type) {
        this.layout = PanelLayout.of(type);
        this.hasMinimum = type.hasMinimum();
        this.scales = layout.scales();
        this.halves = scales.hasTwoSubScales();
        this.weightBytes =
                new WeightBytes512(code, layout, MASK, halves ? HALVES_TABLE : TABLE, WORD);
    }

    /// The machine code for weights of this layout; see [TileLoops] for its arguments, columns being in blocks.
    static byte[] emit(TensorType type) {
        return new IntegerProduct512(type).emit();
    }

    private byte[] emit() {
        TileLoops loops = new TileLoops(code, 2, halves ? 4 : 6, this::emitTile);
        loops.emit(Segments512.SCRATCH_BYTES, this::emitConstants);
        return code.assemble();
    }

    private void emitConstants() {
        if (layout.hasSuperBlocks()) {
            code.shiftRight(
                    TileLoops.GROUP_BYTES, Integer.numberOfTrailingZeros(layout.superBlocks()));
            code.multiply(TileLoops.GROUP_BYTES, TileLoops.GROUP_BYTES, layout.superBlockBytes());
        } else {
            code.multiply(TileLoops.GROUP_BYTES, TileLoops.GROUP_BYTES, layout.blockBytes());
        }
        weightBytes.emitConstants(0);
    }

    private void emitTile(int groups, int tokens, boolean first) {
        this.groups = groups;
        this.tokens = tokens;
        this.prefetch = first;
        this.segments = new Segments512(code, groups, tokens);
        code.move(BLOCK, TileLoops.WEIGHTS);
        if (prefetch) {
            code.move(AHEAD, TileLoops.WEIGHTS);
            for (int group = 0; group < groups; group++) {
                code.emit(ADD, AHEAD, TileLoops.GROUP_BYTES);
            }
        }
        code.move(RECORD, TileLoops.INPUT);
        code.lea(FOURTH_RECORD, Address.at(RECORD, TileLoops.INPUT_STRIDE, 2, 0));
        code.emit(ADD, FOURTH_RECORD, TileLoops.INPUT_STRIDE);
        segments.emit(SEGMENT_BLOCKS, this::emitSegment);
    }

    private void emitSegment() {
        if (!layout.hasSuperBlocks()) {
            Label block = code.here();
            emitBlock();
            code.emit(SUB, COUNT, 1);
            code.jumpIf(Condition.NOT_EQUAL, block);
            return;
        }
        Label superBlock = code.here();
        code.store(SEGMENT_LEFT, COUNT);
        code.move(SUPER_BLOCK, BLOCK);
        code.emit(ADD, BLOCK, layout.superHeaderBytes());
        if (prefetch) {
            code.emit(ADD, AHEAD, layout.superHeaderBytes());
        }
        code.move(COUNT, layout.superBlocks());
        Label block = code.here();
        emitBlock();
        code.emit(SUB, COUNT, 1);
        code.jumpIf(Condition.NOT_EQUAL, block);
        code.load(COUNT, SEGMENT_LEFT);
        code.emit(SUB, COUNT, layout.superBlocks());
        code.jumpIf(Condition.NOT_EQUAL, superBlock);
    }

    private void emitBlock() {
        for (int group = 0; prefetch && group < groups; group++) {
            for (int line = 0; line < layout.blockBytes(); line += LINE_BYTES) {
                code.prefetch(at(AHEAD, group, line));
            }
        }
        if (halves) {
            emitHalves();
        } else if (scales == PanelLayout.Scales.TWO_HALVES) {
            for (int half = 0; half < 2; half++) {
                startDots(BlockRows.Sum.timesBias(layout.bias(), half));
                emitSteps(4 * half, 4 * half + 4, WEIGHTS);
                emitScales(half);
            }
        } else {
            startDots(BlockRows.Sum.timesBias(layout.bias()));
            emitSteps(0, 8, WEIGHTS);
            emitScales(0);
        }
        code.emit(ADD, BLOCK, layout.blockBytes());
        if (prefetch) {
            code.emit(ADD, AHEAD, layout.blockBytes());
        }
        code.emit(ADD, RECORD, BlockRows.RECORD_BYTES);
        if (tokens > 3) {
            code.emit(ADD, FOURTH_RECORD, BlockRows.RECORD_BYTES);
        }
    }

    /// Leaves minus bias times a sum of activations in the dot products.
    private void startDots(BlockRows.Sum sum) {
        for (int token = 0; token < tokens; token++) {
            Address field = record(token, sum.offsetBytes());
            boolean shifts = layout.bias() > 0 && sum.shiftLeft() != 0;
            if (shifts) {
                code.emit(VPBROADCASTD, WORD, field);
            }
            for (int group = 0; group < groups; group++) {
                if (layout.bias() == 0) {
                    clear(dot(group, token));
                } else if (!shifts) {
                    code.emit(VPBROADCASTD, dot(group, token), field);
                } else if (sum.shiftLeft() > 0) {
                    code.emit(VPSLLD, dot(group, token), WORD, sum.shiftLeft());
                } else {
                    code.emit(VPSRAD, dot(group, token), WORD, -sum.shiftLeft());
                }
            }
        }
    }

    private void emitSteps(int firstStep, int endStep, int firstRegister) {
        for (int step = firstStep; step < endStep; step++) {
            emitStep(step, firstRegister);
        }
    }

    /// Adds the products of four columns to the dot products.
    private void emitStep(int step, int firstRegister) {
        for (int group = 0; group < groups; group++) {
            int tileGroup = group;
            weightBytes.emit(
                    step,
                    new Zmm(firstRegister + group),
                    word -> at(BLOCK, tileGroup, layout.headerBytes() + word * WORD_BYTES));
        }
        for (int token = 0; token < tokens; token++) {
            Address word = record(token, 4 * step);
            if (groups > 1) {
                code.emit(VPBROADCASTD, WORD, word);
            }
            for (int group = 0; group < groups; group++) {
                Zmm weights = new Zmm(firstRegister + group);
                if (groups > 1) {
                    code.emit(VPDPBUSD, dot(group, token), weights, WORD);
                } else {
                    code.emit(VPDPBUSD, dot(group, token), weights, word.repeated());
                }
            }
        }
    }

    /// Adds the dot products of a block, or of half of one, scaled, to the sums.
    ///
    /// @param number of the scale in the block
    private void emitScales(int number) {
        for (int group = 0; group < groups; group++) {
            emitScale(group, new Zmm(WEIGHTS + group), number);
            if (hasMinimum) {
                emitScale(group, new Zmm(MINIMUMS + group), 1);
            }
        }
        // The minimums of K types are subtracted, those of the others are added.
        Ternary addMinimum = layout.hasSuperBlocks() ? VFNMADD231PS : VFMADD231PS;
        for (int token = 0; token < tokens; token++) {
            Address scale = record(token, BlockRows.SCALE_OFFSET_BYTES).repeated();
            Address scaledSum = record(token, BlockRows.SCALED_SUM_OFFSET_BYTES).repeated();
            for (int group = 0; group < groups; group++) {
                Zmm dot = dot(group, token);
                code.emit(VCVTDQ2PS, dot, dot);
                code.emit(VMULPS, WORD, new Zmm(WEIGHTS + group), scale);
                code.emit(VFMADD231PS, sum(group, token), WORD, dot);
                if (hasMinimum) {
                    code.emit(addMinimum, sum(group, token), new Zmm(MINIMUMS + group), scaledSum);
                }
            }
        }
    }

    /// Loads a scale or minimum of a group's block in fp32.
    ///
    /// @param number of what is asked for in the block's header: the first or the second
    private void emitScale(int group, Zmm to, int number) {
        Address half = at(BLOCK, group, number * PanelLayout.HALF_BYTES);
        Address factor = at(SUPER_BLOCK, group, number * PanelLayout.HALF_BYTES);
        Address subScale = at(BLOCK, group, number * PackedWeights.GROUP_ROWS);
        switch (scales) {
            case HALF, HALF_AND_MINIMUM, TWO_HALVES -> code.emit(VCVTPH2PS, to, half);
            case BFLOAT -> {
                code.emit(VPMOVZXWD, to, half);
                code.emit(VPSLLD, to, to, 16);
            }
            case SUPER -> emitFactor(to, factor);
            case SUPER_AND_BYTE -> emitProduct(VPMOVSXBD, to, subScale, factor);
            case SUPER_AND_MINIMUM -> emitProduct(VPMOVZXBD, to, subScale, factor);
            case NONE, SUPER_AND_TWO_BYTES, SUPER_AND_NIBBLES -> throw new AssertionError(layout);
        }
    }

    private void emitProduct(Widening widening, Zmm to, Address subScale, Address factor) {
        code.emit(widening, to, subScale);
        code.emit(VCVTDQ2PS, to, to);
        emitFactor(WORD, factor);
        code.emit(VMULPS, to, to, WORD);
    }

    /// Loads a factor of a super-block.
    private void emitFactor(Zmm to, Address factor) {
        code.emit(VCVTPH2PS, to, factor);
        if (layout.unit() != 1f) {
            code.emit(VMULPS, to, to, code.repeated(layout.unit()));
        }
    }

    /// A block with two sub-scales: both products with their sub-scales, and the sum of these, are below 2^24, so that fp32
    /// holds them exactly.
    private void emitHalves() {
        clear(ZERO);
        startDots(BlockRows.Sum.timesBias(layout.bias(), 0));
        emitSteps(0, 4, HALVES_WEIGHTS);
        loadSubScales(0);
        for (int token = 0; token < tokens; token++) {
            for (int group = 0; group < groups; group++) {
                Zmm half = half(group, token);
                code.emit(VCVTDQ2PS, half, dot(group, token));
                code.emit(VFMADD213PS, half, new Zmm(HALVES_WEIGHTS + group), ZERO);
            }
        }
        startDots(BlockRows.Sum.timesBias(layout.bias(), 1));
        emitSteps(4, 8, HALVES_WEIGHTS);
        loadSubScales(1);
        for (int token = 0; token < tokens; token++) {
            for (int group = 0; group < groups; group++) {
                Zmm dot = dot(group, token);
                code.emit(VCVTDQ2PS, dot, dot);
                code.emit(VFMADD231PS, half(group, token), new Zmm(HALVES_WEIGHTS + group), dot);
            }
        }
        for (int group = 0; group < groups; group++) {
            emitFactor(new Zmm(HALVES_WEIGHTS + group), at(SUPER_BLOCK, group, 0));
        }
        for (int token = 0; token < tokens; token++) {
            Address scale = record(token, BlockRows.SCALE_OFFSET_BYTES).repeated();
            for (int group = 0; group < groups; group++) {
                code.emit(VMULPS, WORD, new Zmm(HALVES_WEIGHTS + group), scale);
                code.emit(VFMADD231PS, sum(group, token), WORD, half(group, token));
            }
        }
        if (hasMinimum) {
            emitSubMinimums();
        }
    }

    private void loadSubScales(int half) {
        for (int group = 0; group < groups; group++) {
            Zmm to = new Zmm(HALVES_WEIGHTS + group);
            Address bytes = at(BLOCK, group, half * PackedWeights.GROUP_ROWS);
            if (scales == PanelLayout.Scales.SUPER_AND_NIBBLES) {
                code.emit(VPMOVZXBD, to, bytes);
                code.emit(VPAND, to, to, code.repeated(15));
            } else {
                code.emit(VPMOVSXBD, to, bytes);
            }
            code.emit(VCVTDQ2PS, to, to);
        }
    }

    /// Subtracts the minimums times the sum of both halves' activations, which are multiplied by their sub-minimums first: an
    /// integer below 2^24. Records hold the sums times -32.
    private void emitSubMinimums() {
        for (int group = 0; group < groups; group++) {
            Address factor = at(SUPER_BLOCK, group, PanelLayout.HALF_BYTES);
            code.emit(VCVTPH2PS, new Zmm(MINIMUM_FACTORS + group), factor);
            loadSubMinimums(group, new Zmm(FIRST_SUB_MINIMUMS + group), 0);
            loadSubMinimums(group, new Zmm(SECOND_SUB_MINIMUMS + group), 1);
        }
        for (int token = 0; token < tokens; token++) {
            Address first = record(token, BlockRows.FIRST_SUM_TIMES_32_OFFSET_BYTES);
            Address second = record(token, BlockRows.SECOND_SUM_TIMES_32_OFFSET_BYTES);
            Address scale = record(token, BlockRows.SCALE_OFFSET_BYTES);
            code.emit(VCVTDQ2PS, WORD, first.repeated());
            code.emit(VCVTDQ2PS, SECOND_SUM, second.repeated());
            for (int group = 0; group < groups; group++) {
                Zmm sum = SUB_MINIMUM_SUM;
                code.emit(VMOVUPS, sum, WORD);
                code.emit(VFMADD213PS, sum, new Zmm(FIRST_SUB_MINIMUMS + group), ZERO);
                code.emit(VFMADD231PS, sum, new Zmm(SECOND_SUB_MINIMUMS + group), SECOND_SUM);
                code.emit(VMULPS, sum, sum, scale.repeated());
                code.emit(VFNMADD231PS, sum(group, token), new Zmm(MINIMUM_FACTORS + group), sum);
            }
        }
    }

    private void loadSubMinimums(int group, Zmm to, int half) {
        code.emit(VPMOVZXBD, to, at(BLOCK, group, half * PackedWeights.GROUP_ROWS));
        code.emit(VPSRLD, to, to, 4);
        code.emit(VCVTDQ2PS, to, to);
        code.emit(VMULPS, to, to, code.repeated(-1f / 32));
    }

    private void clear(Zmm register) {
        code.emit(VPXOR, register, register, register);
    }

    private Zmm sum(int group, int token) {
        return segments.sum(group, token);
    }

    private Zmm dot(int group, int token) {
        return new Zmm(DOTS + token * groups + group);
    }

    private Zmm half(int group, int token) {
        return new Zmm(HALVES + token * groups + group);
    }

    private static Address at(Gpr base, int group, int offsetBytes) {
        return group == 0
                ? Address.at(base, offsetBytes)
                : Address.at(base, TileLoops.GROUP_BYTES, group, offsetBytes);
    }

    private static Address record(int token, int offsetBytes) {
        return TileLoops.rowOfSix(
                RECORD, FOURTH_RECORD, TileLoops.INPUT_STRIDE, token, offsetBytes);
    }
}
