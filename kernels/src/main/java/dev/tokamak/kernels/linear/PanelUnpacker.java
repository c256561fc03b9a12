package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Unpacks weights of a group into panels of floats, `[column][16]`, one method for each layout. Immutable.
final class PanelUnpacker {

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final VectorSpecies<Integer> INTS = Lanes.INTS;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int ROWS = PackedWeights.GROUP_ROWS;

    private static final int LOW_NIBBLES = 0x0f0f0f0f;
    private static final int ONES = 0x01010101;
    private static final int PAIRS = 0x03030303;

    private PanelUnpacker() {}

    /// Unpacks the integers of blocks, without scales but with those that stand for half a block, which
    /// [HeaderUnpacker] has unpacked before.
    static void unpackBlocks(
            PackedWeights weights, int group, int firstBlock, int blocks, Workspace workspace) {
        MemorySegment memory = weights.memory();
        PanelLayout layout = weights.layout();
        int bias = layout.bias();
        float[] panel = workspace.panel;
        for (int block = 0; block < blocks; block++) {
            int to = block * Activations.BLOCK * ROWS;
            long at =
                    weights.groupOffsetBytes(group)
                            + layout.blockOffsetBytes(firstBlock + block)
                            + layout.headerBytes();
            if (layout.hasNumbers()) {
                NumberUnpacker.unpack(layout, memory, at, workspace.bytes, panel, to);
            } else {
                switch (layout.words()) {
                    case NIBBLES -> unpackNibbles(memory, at, bias, panel, to);
                    case FIVE_BITS -> unpackFiveBits(memory, at, bias, panel, to);
                    case SIX_BITS -> unpackSixBits(memory, at, bias, panel, to);
                    case BYTES -> unpackBytes(memory, at, bias, panel, to);
                    case ONE_BIT, TWO_BITS, THREE_BITS, FLOATS, HALVES ->
                            throw new AssertionError(layout);
                }
            }
            if (layout.scales().hasTwoSubScales()) {
                multiplyHalves(workspace.halfScales, 2 * block * ROWS, panel, to);
            }
        }
    }

    private static void unpackNibbles(
            MemorySegment memory, long offset, int bias, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int word = 0; word < 4; word++) {
                long at = offset + (long) word * PanelLayout.WORD_BYTES + lane * 4L;
                IntVector bits = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                int low = first + word * 4 * ROWS + lane;
                int high = low + 16 * ROWS;
                for (int i = 0; i < 4; i++) {
                    IntVector pair = bits.lanewise(VectorOperators.LSHR, 8 * i);
                    IntVector lows = pair.and(15).sub(bias);
                    IntVector highs = pair.lanewise(VectorOperators.LSHR, 4).and(15).sub(bias);
                    ((FloatVector) lows.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, low + i * ROWS);
                    ((FloatVector) highs.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, high + i * ROWS);
                }
            }
        }
    }

    private static void unpackFiveBits(
            MemorySegment memory, long offset, int bias, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + lane * 4L;
            IntVector fifth =
                    IntVector.fromMemorySegment(
                            INTS, memory, from + PanelLayout.NIBBLE_BYTES, ORDER);
            for (int word = 0; word < 4; word++) {
                long at = from + (long) word * PanelLayout.WORD_BYTES;
                IntVector bits = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                IntVector low =
                        bits.and(LOW_NIBBLES).or(fifth.and(ONES).lanewise(VectorOperators.LSHL, 4));
                IntVector high =
                        bits.lanewise(VectorOperators.LSHR, 4)
                                .and(LOW_NIBBLES)
                                .or(fifth.and(ONES << 4));
                fifth = fifth.lanewise(VectorOperators.LSHR, 1);
                int to = first + word * 4 * ROWS + lane;
                for (int i = 0; i < 4; i++) {
                    IntVector lows = low.lanewise(VectorOperators.LSHR, 8 * i).and(255).sub(bias);
                    ((FloatVector) lows.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, to + i * ROWS);
                    IntVector highs = high.lanewise(VectorOperators.LSHR, 8 * i).and(255).sub(bias);
                    ((FloatVector) highs.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, to + (16 + i) * ROWS);
                }
            }
        }
    }

    private static void unpackSixBits(
            MemorySegment memory, long offset, int bias, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + lane * 4L;
            long upper = from + PanelLayout.NIBBLE_BYTES;
            IntVector lowUpper = IntVector.fromMemorySegment(INTS, memory, upper, ORDER);
            IntVector highUpper =
                    IntVector.fromMemorySegment(
                            INTS, memory, upper + PanelLayout.WORD_BYTES, ORDER);
            for (int word = 0; word < 4; word++) {
                long at = from + (long) word * PanelLayout.WORD_BYTES;
                IntVector bits = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                IntVector low =
                        bits.and(LOW_NIBBLES)
                                .or(lowUpper.and(PAIRS).lanewise(VectorOperators.LSHL, 4));
                IntVector high =
                        bits.lanewise(VectorOperators.LSHR, 4)
                                .and(LOW_NIBBLES)
                                .or(highUpper.and(PAIRS).lanewise(VectorOperators.LSHL, 4));
                lowUpper = lowUpper.lanewise(VectorOperators.LSHR, 2);
                highUpper = highUpper.lanewise(VectorOperators.LSHR, 2);
                int to = first + word * 4 * ROWS + lane;
                for (int i = 0; i < 4; i++) {
                    IntVector lows = low.lanewise(VectorOperators.LSHR, 8 * i).and(255).sub(bias);
                    ((FloatVector) lows.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, to + i * ROWS);
                    IntVector highs = high.lanewise(VectorOperators.LSHR, 8 * i).and(255).sub(bias);
                    ((FloatVector) highs.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, to + (16 + i) * ROWS);
                }
            }
        }
    }

    /// The product of a weight and its sub-scale is an integer of at most 2^12 (TileDots bounds the sums).
    private static void multiplyHalves(float[] halfScales, int from, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int half = 0; half < 2; half++) {
                FloatVector scale =
                        FloatVector.fromArray(FLOATS, halfScales, from + half * ROWS + lane);
                int start = first + half * 16 * ROWS + lane;
                for (int i = 0; i < 16; i++) {
                    int at = start + i * ROWS;
                    FloatVector.fromArray(FLOATS, panel, at).mul(scale).intoArray(panel, at);
                }
            }
        }
    }

    private static void unpackBytes(
            MemorySegment memory, long offset, int bias, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int word = 0; word < 8; word++) {
                long at = offset + (long) word * PanelLayout.WORD_BYTES + lane * 4L;
                IntVector bits = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                int to = first + word * 4 * ROWS + lane;
                for (int i = 0; i < 4; i++) {
                    IntVector weights =
                            bits.lanewise(VectorOperators.LSHR, 8 * i).and(255).sub(bias);
                    ((FloatVector) weights.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, to + i * ROWS);
                }
            }
        }
    }

    /// Unpacks `columns` columns of a float type, from an even one, to the panel's row `first`; one more is written when
    /// their number is odd.
    ///
    /// @param offset where the first of the columns starts in the memory of the weights
    static void unpackFloats(
            PackedWeights weights, long offset, int columns, float[] panel, int first) {
        int to = first * ROWS;
        switch (weights.type()) {
            case F32 ->
                    MemorySegment.copy(
                            weights.memory(), PanelReader.FLOAT, offset, panel, to, columns * ROWS);
            case F16 -> unpackHalves(weights.memory(), offset, (columns + 1) / 2, panel, to);
            case BF16 -> unpackBfloats(weights.memory(), offset, (columns + 1) / 2, panel, to);
            default -> throw new AssertionError(weights.type());
        }
    }

    /// Moves the bits of fp16 to where those of fp32 are: they then stand for 2^-112 times the value, also when it is
    /// subnormal; only infinity and NaN need an exponent of their own.
    private static void unpackHalves(
            MemorySegment memory, long offset, int words, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + (long) lane * Integer.BYTES;
            for (int word = 0; word < words; word++) {
                long at = from + (long) word * PanelLayout.WORD_BYTES;
                IntVector bits = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                int to = first + word * 2 * ROWS + lane;
                IntVector low =
                        bits.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 3)
                                .and(0x8fffe000);
                VectorMask<Float> lowUnbounded = low.and(0x0f800000).eq(0x0f800000).cast(FLOATS);
                low.reinterpretAsFloats()
                        .mul(0x1p112f)
                        .blend(low.or(0x7f800000).reinterpretAsFloats(), lowUnbounded)
                        .intoArray(panel, to);
                IntVector high = bits.lanewise(VectorOperators.ASHR, 3).and(0x8fffe000);
                VectorMask<Float> highUnbounded = high.and(0x0f800000).eq(0x0f800000).cast(FLOATS);
                high.reinterpretAsFloats()
                        .mul(0x1p112f)
                        .blend(high.or(0x7f800000).reinterpretAsFloats(), highUnbounded)
                        .intoArray(panel, to + ROWS);
            }
        }
    }

    private static void unpackBfloats(
            MemorySegment memory, long offset, int words, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long from = offset + (long) lane * Integer.BYTES;
            for (int word = 0; word < words; word++) {
                long at = from + (long) word * PanelLayout.WORD_BYTES;
                IntVector bits = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                int to = first + word * 2 * ROWS + lane;
                bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(panel, to);
                bits.and(0xffff0000).reinterpretAsFloats().intoArray(panel, to + ROWS);
            }
        }
    }
}
