package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRLD;
import static dev.tokamak.kernels.assembler.Binary.VCVTDQ2PS;
import static dev.tokamak.kernels.assembler.Binary.VMOVDQU;
import static dev.tokamak.kernels.assembler.Ternary.Immediate.VPTERNLOGD;
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

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import dev.tokamak.kernels.format.TensorType;

/// Emits the product of integer weights and quantised activations with AVX-512 VNNI. Confined to one thread.
final class IntegerProduct512 {

    /* While the first tokens meet a tile's groups, those of the next tile are prefetched: one block of a wide tile fills the
     * window in which a processor looks ahead by itself.
     *
     * A tile is G groups times T tokens, at most 2 times 6, or 2 times 4 with two sub-scales in a block (Q6_K): G * T running
     * sums in fp32 and as many integer dot products of the current block. `vpdpbusd` takes unsigned weights and one 32-bit word of a token, repeated in all lanes, which the G groups share.
     * The dot products start at minus bias times the sum of the token's integers, from the activation record.
     *
     * Registers: 0..11 running sums, 12..23 dot products, 24..29 weights, then scales and minimums, 30 a token's word, 31
     * the nibble mask. With two sub-scales: 0..7 sums, 12..19 dot products, 20..27
     * those of the first half of the block times their sub-scales, 28..29 weights. */

    private static final int DOTS = 12;
    private static final int WEIGHTS = 24;
    private static final int MINIMUMS = 27;
    private static final Zmm WORD = new Zmm(30);
    private static final Zmm NIBBLES = new Zmm(31);

    private static final int HALVES = 20;
    private static final int HALVES_WEIGHTS = 28;
    private static final Zmm ZERO = new Zmm(8);

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

    /// The truth table of `first | second & third`.
    private static final int OR_AND = 0xF8;

    private final Assembler code = new Assembler();
    private final PanelLayout layout;
    private final boolean hasMinimum;
    private final boolean halves;
    private int groups;
    private int tokens;
    private boolean prefetch;
    private Segments512 segments = new Segments512(code, 0, 0);

    private IntegerProduct512(TensorType type) {
        this.layout = PanelLayout.of(type);
        this.hasMinimum = type.hasMinimum();
        this.halves = layout.words() == PanelLayout.Words.SIX_BITS;
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
        if (layout.words() != PanelLayout.Words.BYTES) {
            code.emit(VPBROADCASTD, NIBBLES, code.single(0x0f0f0f0f));
        }
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
        } else {
            startDots(biasOffset());
            for (int step = 0; step < 8; step++) {
                emitStep(step, WEIGHTS);
            }
            emitScales();
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

    private int biasOffset() {
        return switch (layout.bias()) {
            case 0 -> -1;
            case 8 -> BlockRows.SUM_TIMES_8_OFFSET_BYTES;
            case 16 -> BlockRows.SUM_TIMES_16_OFFSET_BYTES;
            case 128 -> BlockRows.SUM_TIMES_128_OFFSET_BYTES;
            default -> throw new AssertionError(layout);
        };
    }

    private void startDots(int biasOffsetBytes) {
        for (int token = 0; token < tokens; token++) {
            for (int group = 0; group < groups; group++) {
                if (biasOffsetBytes < 0) {
                    clear(dot(group, token));
                } else {
                    code.emit(VPBROADCASTD, dot(group, token), record(token, biasOffsetBytes));
                }
            }
        }
    }

    /// Adds the products of four columns to the dot products.
    private void emitStep(int step, int firstRegister) {
        for (int group = 0; group < groups; group++) {
            emitWeights(step, group, new Zmm(firstRegister + group));
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

    /// Loads the unsigned weights of columns `4 * step` to `4 * step + 3`.
    private void emitWeights(int step, int group, Zmm to) {
        int words = layout.headerBytes();
        if (layout.words() == PanelLayout.Words.BYTES) {
            code.emit(VMOVDQU, to, at(BLOCK, group, words + step * WORD_BYTES));
            return;
        }
        Address word = at(BLOCK, group, words + step % 4 * WORD_BYTES);
        if (step < 4) {
            code.emit(VPAND, to, NIBBLES, word);
        } else {
            code.emit(VPSRLD, to, word, 4);
            code.emit(VPAND, to, to, NIBBLES);
        }
        int upper = words + PanelLayout.NIBBLE_BYTES;
        switch (layout.words()) {
            case FIVE_BITS -> addUpperBits(to, at(BLOCK, group, upper), 4 - step, 0x10101010);
            case SIX_BITS ->
                    addUpperBits(
                            to,
                            at(BLOCK, group, upper + step / 4 * WORD_BYTES),
                            4 - step % 4 * 2,
                            0x30303030);
            case NIBBLES, BYTES, FLOATS, HALVES -> {}
        }
    }

    private void addUpperBits(Zmm to, Address plane, int shiftLeft, int mask) {
        if (shiftLeft > 0) {
            code.emit(VPSLLD, WORD, plane, shiftLeft);
        } else if (shiftLeft < 0) {
            code.emit(VPSRLD, WORD, plane, -shiftLeft);
        } else {
            code.emit(VMOVDQU, WORD, plane);
        }
        code.emit(VPTERNLOGD, to, WORD, code.repeated(mask), OR_AND);
    }

    /// Adds the block's dot products, scaled, to the sums.
    private void emitScales() {
        for (int group = 0; group < groups; group++) {
            emitScale(group, new Zmm(WEIGHTS + group), 0);
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

    /// Loads the scale (number 0) or the minimum (number 1) of a group's block in fp32.
    private void emitScale(int group, Zmm to, int number) {
        Address half = at(BLOCK, group, number * PanelLayout.HALF_BYTES);
        if (!layout.hasSuperBlocks()) {
            code.emit(VCVTPH2PS, to, half);
            return;
        }
        Address factor = at(BLOCK, group, number * PackedWeights.GROUP_ROWS);
        code.emit(VPMOVZXBD, to, factor);
        code.emit(VCVTDQ2PS, to, to);
        code.emit(VCVTPH2PS, WORD, at(SUPER_BLOCK, group, number * PanelLayout.HALF_BYTES));
        code.emit(VMULPS, to, to, WORD);
    }

    /// A block with two sub-scales: both products with their sub-scales, and the sum of these, are below 2^24, so that fp32
    /// holds them exactly.
    private void emitHalves() {
        clear(ZERO);
        startDots(BlockRows.FIRST_SUM_TIMES_32_OFFSET_BYTES);
        for (int step = 0; step < 4; step++) {
            emitStep(step, HALVES_WEIGHTS);
        }
        loadSubScales(0);
        for (int token = 0; token < tokens; token++) {
            for (int group = 0; group < groups; group++) {
                Zmm half = half(group, token);
                code.emit(VCVTDQ2PS, half, dot(group, token));
                code.emit(VFMADD213PS, half, new Zmm(HALVES_WEIGHTS + group), ZERO);
            }
        }
        startDots(BlockRows.SECOND_SUM_TIMES_32_OFFSET_BYTES);
        for (int step = 4; step < 8; step++) {
            emitStep(step, HALVES_WEIGHTS);
        }
        loadSubScales(1);
        for (int token = 0; token < tokens; token++) {
            for (int group = 0; group < groups; group++) {
                Zmm dot = dot(group, token);
                code.emit(VCVTDQ2PS, dot, dot);
                code.emit(VFMADD231PS, half(group, token), new Zmm(HALVES_WEIGHTS + group), dot);
            }
        }
        for (int group = 0; group < groups; group++) {
            code.emit(VCVTPH2PS, new Zmm(HALVES_WEIGHTS + group), at(SUPER_BLOCK, group, 0));
        }
        for (int token = 0; token < tokens; token++) {
            Address scale = record(token, BlockRows.SCALE_OFFSET_BYTES).repeated();
            for (int group = 0; group < groups; group++) {
                code.emit(VMULPS, WORD, new Zmm(HALVES_WEIGHTS + group), scale);
                code.emit(VFMADD231PS, sum(group, token), WORD, half(group, token));
            }
        }
    }

    private void loadSubScales(int half) {
        for (int group = 0; group < groups; group++) {
            Zmm to = new Zmm(HALVES_WEIGHTS + group);
            code.emit(VPMOVSXBD, to, at(BLOCK, group, half * PackedWeights.GROUP_ROWS));
            code.emit(VCVTDQ2PS, to, to);
        }
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
