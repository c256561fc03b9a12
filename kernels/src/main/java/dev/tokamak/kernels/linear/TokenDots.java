package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Integer dot products of packed blocks and one token, exact for the reason given in [TileDots]. Immutable.
///
/// A weight met by one token alone is not worth being written to a panel. Each sum has four parts, which hide the latency
/// of the multiply-add.
final class TokenDots {

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final VectorSpecies<Integer> INTS = Lanes.INTS;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int ROWS = PackedWeights.GROUP_ROWS;

    private TokenDots() {}

    /// Multiplies packed blocks, the first of which starts at `offset`, and the values of the token from `firstBlock`.
    static void multiply(
            PackedWeights weights,
            long offset,
            int firstBlock,
            int blocks,
            Activations input,
            int token,
            float[] dots) {
        switch (weights.layout()) {
            case NIBBLES ->
                    multiplyNibbles(weights, offset, firstBlock, blocks, input, token, dots);
            case BYTES -> multiplyBytes(weights, offset, firstBlock, blocks, input, token, dots);
            case SUBSCALED_BYTES ->
                    multiplySubscaledBytes(weights, offset, firstBlock, blocks, input, token, dots);
            case FLOATS, HALVES -> throw new AssertionError(weights.layout());
        }
    }

    private static void multiplyNibbles(
            PackedWeights weights,
            long offset,
            int firstBlock,
            int blocks,
            Activations input,
            int token,
            float[] dots) {
        MemorySegment memory = weights.memory();
        int blockBytes = PanelLayout.blockBytes(weights.type());
        float bias = -PanelLayout.bias(weights.type());
        long words = offset + PanelLayout.headerBytes(weights.type());
        float[] quants = input.quants();
        float[] quantSums = input.sums();
        int firstQuant =
                input.quantIndex(token) + firstBlock * Activations.BLOCK * Activations.TILE;
        int firstSum = input.blockIndex(token) + firstBlock * Activations.TILE;
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int block = 0; block < blocks; block++) {
                long at = words + (long) block * blockBytes + (long) lane * Integer.BYTES;
                int quant = firstQuant + block * Activations.BLOCK * Activations.TILE;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                for (int word = 0; word < 4; word++) {
                    long from = at + (long) word * PanelLayout.WORD_BYTES;
                    int x = quant + word * 8 * Activations.TILE;
                    IntVector bits = IntVector.fromMemorySegment(INTS, memory, from, ORDER);
                    FloatVector low0 = (FloatVector) bits.and(15).convert(VectorOperators.I2F, 0);
                    dot0 = low0.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    FloatVector low1 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 8)
                                            .and(15)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = low1.fma(FloatVector.broadcast(FLOATS, quants[x + 8]), dot1);
                    FloatVector low2 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 16)
                                            .and(15)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = low2.fma(FloatVector.broadcast(FLOATS, quants[x + 16]), dot2);
                    FloatVector low3 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 24)
                                            .and(15)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = low3.fma(FloatVector.broadcast(FLOATS, quants[x + 24]), dot3);
                    FloatVector high0 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 4)
                                            .and(15)
                                            .convert(VectorOperators.I2F, 0);
                    dot0 = high0.fma(FloatVector.broadcast(FLOATS, quants[x + 32]), dot0);
                    FloatVector high1 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 12)
                                            .and(15)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = high1.fma(FloatVector.broadcast(FLOATS, quants[x + 40]), dot1);
                    FloatVector high2 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 20)
                                            .and(15)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = high2.fma(FloatVector.broadcast(FLOATS, quants[x + 48]), dot2);
                    FloatVector high3 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 28)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = high3.fma(FloatVector.broadcast(FLOATS, quants[x + 56]), dot3);
                }
                float sum = bias * quantSums[firstSum + block * Activations.TILE];
                dot0.add(dot1)
                        .add(dot2.add(dot3))
                        .add(sum)
                        .intoArray(dots, block * Workspace.DOT_STRIDE + lane);
            }
        }
    }

    private static void multiplyBytes(
            PackedWeights weights,
            long offset,
            int firstBlock,
            int blocks,
            Activations input,
            int token,
            float[] dots) {
        MemorySegment memory = weights.memory();
        int blockBytes = PanelLayout.blockBytes(weights.type());
        long words = offset + PanelLayout.headerBytes(weights.type());
        float[] quants = input.quants();
        int firstQuant =
                input.quantIndex(token) + firstBlock * Activations.BLOCK * Activations.TILE;
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int block = 0; block < blocks; block++) {
                long at = words + (long) block * blockBytes + (long) lane * Integer.BYTES;
                int quant = firstQuant + block * Activations.BLOCK * Activations.TILE;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                for (int word = 0; word < 8; word++) {
                    long from = at + (long) word * PanelLayout.WORD_BYTES;
                    int x = quant + word * 4 * Activations.TILE;
                    IntVector bits = IntVector.fromMemorySegment(INTS, memory, from, ORDER);
                    FloatVector weight0 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHL, 24)
                                            .lanewise(VectorOperators.ASHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot0 = weight0.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    FloatVector weight1 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHL, 16)
                                            .lanewise(VectorOperators.ASHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = weight1.fma(FloatVector.broadcast(FLOATS, quants[x + 8]), dot1);
                    FloatVector weight2 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHL, 8)
                                            .lanewise(VectorOperators.ASHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = weight2.fma(FloatVector.broadcast(FLOATS, quants[x + 16]), dot2);
                    FloatVector weight3 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.ASHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = weight3.fma(FloatVector.broadcast(FLOATS, quants[x + 24]), dot3);
                }
                dot0.add(dot1)
                        .add(dot2.add(dot3))
                        .intoArray(dots, block * Workspace.DOT_STRIDE + lane);
            }
        }
    }

    /// Like bytes, a half block at a time: the second half is added to the product of the first and its sub-scale.
    private static void multiplySubscaledBytes(
            PackedWeights weights,
            long offset,
            int firstBlock,
            int blocks,
            Activations input,
            int token,
            float[] dots) {
        MemorySegment memory = weights.memory();
        int blockBytes = PanelLayout.blockBytes(weights.type());
        long words = offset + PanelLayout.headerBytes(weights.type());
        float[] quants = input.quants();
        int firstQuant =
                input.quantIndex(token) + firstBlock * Activations.BLOCK * Activations.TILE;
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int half = 0; half < 2 * blocks; half++) {
                long header = words + (long) (half >> 1) * blockBytes + (long) lane * Integer.BYTES;
                long at = header + (half & 1) * 4L * PanelLayout.WORD_BYTES;
                int quant = firstQuant + half * (Activations.BLOCK / 2) * Activations.TILE;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                for (int word = 0; word < 4; word++) {
                    long from = at + (long) word * PanelLayout.WORD_BYTES;
                    int x = quant + word * 4 * Activations.TILE;
                    IntVector bits = IntVector.fromMemorySegment(INTS, memory, from, ORDER);
                    FloatVector weight0 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHL, 24)
                                            .lanewise(VectorOperators.ASHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot0 = weight0.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    FloatVector weight1 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHL, 16)
                                            .lanewise(VectorOperators.ASHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = weight1.fma(FloatVector.broadcast(FLOATS, quants[x + 8]), dot1);
                    FloatVector weight2 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHL, 8)
                                            .lanewise(VectorOperators.ASHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = weight2.fma(FloatVector.broadcast(FLOATS, quants[x + 16]), dot2);
                    FloatVector weight3 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.ASHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = weight3.fma(FloatVector.broadcast(FLOATS, quants[x + 24]), dot3);
                }
                FloatVector subScale =
                        (FloatVector)
                                IntVector.fromMemorySegment(
                                                INTS,
                                                memory,
                                                header - PanelLayout.WORD_BYTES,
                                                ORDER)
                                        .lanewise(VectorOperators.LSHL, 16 - 16 * (half & 1))
                                        .lanewise(VectorOperators.ASHR, 16)
                                        .convert(VectorOperators.I2F, 0);
                /* The second half stays beside the first until both are added: DOT_STRIDE leaves room. */
                int to = (half >> 1) * Workspace.DOT_STRIDE + lane;
                dot0.add(dot1)
                        .add(dot2.add(dot3))
                        .mul(subScale)
                        .intoArray(dots, to + (half & 1) * ROWS);
            }
            for (int block = 0; block < blocks; block++) {
                int to = block * Workspace.DOT_STRIDE + lane;
                FloatVector second = FloatVector.fromArray(FLOATS, dots, to + ROWS);
                /* Adding +0 turns the -0 of a negative sub-scale times 0 into the +0 of integers. */
                FloatVector.fromArray(FLOATS, dots, to).add(second).add(0f).intoArray(dots, to);
            }
        }
    }
}
