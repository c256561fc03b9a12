package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

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
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int ROWS = PackedWeights.GROUP_ROWS;

    private PanelUnpacker() {}

    /// Unpacks the integers of blocks, without scales but with sub-scales.
    ///
    /// @param offset where the first of the blocks starts in the memory of the weights
    static void unpackBlocks(PackedWeights weights, long offset, int blocks, float[] panel) {
        int blockBytes = PanelLayout.blockBytes(weights.type());
        long words = offset + PanelLayout.headerBytes(weights.type());
        for (int block = 0; block < blocks; block++) {
            int to = block * Activations.BLOCK * ROWS;
            long at = words + (long) block * blockBytes;
            switch (weights.layout()) {
                case NIBBLES -> {
                    int bias = PanelLayout.bias(weights.type());
                    unpackNibbles(weights.memory(), at, bias, panel, to);
                }
                case BYTES -> unpackBytes(weights.memory(), at, panel, to);
                case SUBSCALED_BYTES -> unpackSubscaledBytes(weights.memory(), at, panel, to);
                case FLOATS, HALVES -> throw new AssertionError(weights.layout());
            }
        }
    }

    private static void unpackNibbles(
            MemorySegment memory, long offset, int bias, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int word = 0; word < 4; word++) {
                long at =
                        offset + (long) word * PanelLayout.WORD_BYTES + (long) lane * Integer.BYTES;
                IntVector bits = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                int low = first + word * 8 * ROWS + lane;
                int high = low + 4 * ROWS;
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

    private static void unpackBytes(MemorySegment memory, long offset, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int word = 0; word < 8; word++) {
                long at =
                        offset + (long) word * PanelLayout.WORD_BYTES + (long) lane * Integer.BYTES;
                IntVector bits = IntVector.fromMemorySegment(INTS, memory, at, ORDER);
                int to = first + word * 4 * ROWS + lane;
                for (int i = 0; i < 4; i++) {
                    IntVector weights =
                            bits.lanewise(VectorOperators.LSHL, 24 - 8 * i)
                                    .lanewise(VectorOperators.ASHR, 24);
                    ((FloatVector) weights.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, to + i * ROWS);
                }
            }
        }
    }

    /// The product of a weight and its sub-scale is an integer of at most 2^12 (TileDots bounds the sums).
    private static void unpackSubscaledBytes(
            MemorySegment memory, long offset, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            long words = offset + (long) lane * Integer.BYTES;
            IntVector subScales =
                    IntVector.fromMemorySegment(
                            INTS, memory, words - PanelLayout.WORD_BYTES, ORDER);
            for (int half = 0; half < 2; half++) {
                IntVector subScale =
                        subScales
                                .lanewise(VectorOperators.LSHL, 16 - 16 * half)
                                .lanewise(VectorOperators.ASHR, 16);
                for (int word = 4 * half; word < 4 * half + 4; word++) {
                    IntVector bits =
                            IntVector.fromMemorySegment(
                                    INTS,
                                    memory,
                                    words + (long) word * PanelLayout.WORD_BYTES,
                                    ORDER);
                    int to = first + word * 4 * ROWS + lane;
                    for (int i = 0; i < 4; i++) {
                        IntVector weights =
                                bits.lanewise(VectorOperators.LSHL, 24 - 8 * i)
                                        .lanewise(VectorOperators.ASHR, 24)
                                        .mul(subScale);
                        ((FloatVector) weights.convert(VectorOperators.I2F, 0))
                                .intoArray(panel, to + i * ROWS);
                    }
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
                            weights.memory(), JAVA_FLOAT, offset, panel, to, columns * ROWS);
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
