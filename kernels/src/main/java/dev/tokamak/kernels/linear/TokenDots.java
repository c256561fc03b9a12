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
/// of the multiply-add. The bias of the weights is taken away by the sum of the activations; partial sums with it are
/// below 2^21.
final class TokenDots {

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final VectorSpecies<Integer> INTS = Lanes.INTS;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int ROWS = PackedWeights.GROUP_ROWS;
    private static final int TILE = FloatPlanes.TILE;
    private static final int LOW_NIBBLES = 0x0f0f0f0f;
    private static final int ONES = 0x01010101;
    private static final int PAIRS = 0x03030303;

    private TokenDots() {}

    /// Multiplies packed blocks of a group from `firstBlock` and the values of the token, for [Workspace#dots]. Scales of
    /// half a block were unpacked by [HeaderUnpacker].
    static void multiply(
            PackedWeights weights,
            int group,
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            Workspace workspace) {
        switch (weights.layout().words()) {
            case NIBBLES ->
                    multiplyNibbles(weights, group, firstBlock, blocks, input, token, workspace);
            case FIVE_BITS ->
                    multiplyFiveBits(weights, group, firstBlock, blocks, input, token, workspace);
            case SIX_BITS ->
                    multiplySixBits(weights, group, firstBlock, blocks, input, token, workspace);
            case BYTES ->
                    multiplyBytes(weights, group, firstBlock, blocks, input, token, workspace);
            case ONE_BIT, TWO_BITS, THREE_BITS, FLOATS, HALVES ->
                    throw new AssertionError(weights.layout());
        }
    }

    private static void multiplyNibbles(
            PackedWeights weights,
            int group,
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            Workspace workspace) {
        MemorySegment memory = weights.memory();
        PanelLayout layout = weights.layout();
        float[] dots = workspace.dots;
        float[] quants = input.quants();
        int firstQuant = input.quantIndex(token) + firstBlock * Activations.BLOCK * TILE;
        float bias = -layout.bias();
        float[] quantSums = input.sums();
        int firstSum = input.blockIndex(token) + firstBlock * TILE;
        long words = weights.groupOffsetBytes(group) + layout.headerBytes();
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int block = 0; block < blocks; block++) {
                long at = words + layout.blockOffsetBytes(firstBlock + block) + lane * 4L;
                int quant = firstQuant + block * Activations.BLOCK * TILE;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                for (int word = 0; word < 4; word++) {
                    long from = at + (long) word * PanelLayout.WORD_BYTES;
                    int x = quant + word * 4 * TILE;
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
                    dot0 = high0.fma(FloatVector.broadcast(FLOATS, quants[x + 128]), dot0);
                    FloatVector high1 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 12)
                                            .and(15)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = high1.fma(FloatVector.broadcast(FLOATS, quants[x + 136]), dot1);
                    FloatVector high2 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 20)
                                            .and(15)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = high2.fma(FloatVector.broadcast(FLOATS, quants[x + 144]), dot2);
                    FloatVector high3 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 28)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = high3.fma(FloatVector.broadcast(FLOATS, quants[x + 152]), dot3);
                }
                float sum = bias * quantSums[firstSum + block * TILE];
                dot0.add(dot1)
                        .add(dot2.add(dot3))
                        .add(sum)
                        .intoArray(dots, block * Workspace.DOT_STRIDE + lane);
            }
        }
    }

    private static void multiplyFiveBits(
            PackedWeights weights,
            int group,
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            Workspace workspace) {
        MemorySegment memory = weights.memory();
        PanelLayout layout = weights.layout();
        float[] dots = workspace.dots;
        float[] quants = input.quants();
        int firstQuant = input.quantIndex(token) + firstBlock * Activations.BLOCK * TILE;
        float bias = -layout.bias();
        float[] quantSums = input.sums();
        int firstSum = input.blockIndex(token) + firstBlock * TILE;
        long words = weights.groupOffsetBytes(group) + layout.headerBytes();
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int block = 0; block < blocks; block++) {
                long at = words + layout.blockOffsetBytes(firstBlock + block) + lane * 4L;
                int quant = firstQuant + block * Activations.BLOCK * TILE;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                IntVector fifth =
                        IntVector.fromMemorySegment(
                                INTS, memory, at + PanelLayout.NIBBLE_BYTES, ORDER);
                for (int word = 0; word < 4; word++) {
                    long from = at + (long) word * PanelLayout.WORD_BYTES;
                    int x = quant + word * 4 * TILE;
                    IntVector bits = IntVector.fromMemorySegment(INTS, memory, from, ORDER);
                    IntVector low =
                            bits.and(LOW_NIBBLES)
                                    .or(fifth.and(ONES).lanewise(VectorOperators.LSHL, 4));
                    IntVector high =
                            bits.lanewise(VectorOperators.LSHR, 4)
                                    .and(LOW_NIBBLES)
                                    .or(fifth.and(ONES << 4));
                    fifth = fifth.lanewise(VectorOperators.LSHR, 1);
                    FloatVector low0 = (FloatVector) low.and(255).convert(VectorOperators.I2F, 0);
                    dot0 = low0.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    FloatVector low1 =
                            (FloatVector)
                                    low.lanewise(VectorOperators.LSHR, 8)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = low1.fma(FloatVector.broadcast(FLOATS, quants[x + 8]), dot1);
                    FloatVector low2 =
                            (FloatVector)
                                    low.lanewise(VectorOperators.LSHR, 16)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = low2.fma(FloatVector.broadcast(FLOATS, quants[x + 16]), dot2);
                    FloatVector low3 =
                            (FloatVector)
                                    low.lanewise(VectorOperators.LSHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = low3.fma(FloatVector.broadcast(FLOATS, quants[x + 24]), dot3);
                    FloatVector high0 = (FloatVector) high.and(255).convert(VectorOperators.I2F, 0);
                    dot0 = high0.fma(FloatVector.broadcast(FLOATS, quants[x + 128]), dot0);
                    FloatVector high1 =
                            (FloatVector)
                                    high.lanewise(VectorOperators.LSHR, 8)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = high1.fma(FloatVector.broadcast(FLOATS, quants[x + 136]), dot1);
                    FloatVector high2 =
                            (FloatVector)
                                    high.lanewise(VectorOperators.LSHR, 16)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = high2.fma(FloatVector.broadcast(FLOATS, quants[x + 144]), dot2);
                    FloatVector high3 =
                            (FloatVector)
                                    high.lanewise(VectorOperators.LSHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = high3.fma(FloatVector.broadcast(FLOATS, quants[x + 152]), dot3);
                }
                float sum = bias * quantSums[firstSum + block * TILE];
                dot0.add(dot1)
                        .add(dot2.add(dot3))
                        .add(sum)
                        .intoArray(dots, block * Workspace.DOT_STRIDE + lane);
            }
        }
    }

    private static void multiplyBytes(
            PackedWeights weights,
            int group,
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            Workspace workspace) {
        MemorySegment memory = weights.memory();
        PanelLayout layout = weights.layout();
        float[] dots = workspace.dots;
        float[] quants = input.quants();
        int firstQuant = input.quantIndex(token) + firstBlock * Activations.BLOCK * TILE;
        float bias = -layout.bias();
        float[] quantSums = input.sums();
        int firstSum = input.blockIndex(token) + firstBlock * TILE;
        long words = weights.groupOffsetBytes(group) + layout.headerBytes();
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int block = 0; block < blocks; block++) {
                long at = words + layout.blockOffsetBytes(firstBlock + block) + lane * 4L;
                int quant = firstQuant + block * Activations.BLOCK * TILE;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                for (int word = 0; word < 8; word++) {
                    long from = at + (long) word * PanelLayout.WORD_BYTES;
                    int x = quant + word * 4 * TILE;
                    IntVector bits = IntVector.fromMemorySegment(INTS, memory, from, ORDER);
                    FloatVector weight0 =
                            (FloatVector) bits.and(255).convert(VectorOperators.I2F, 0);
                    dot0 = weight0.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    FloatVector weight1 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 8)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = weight1.fma(FloatVector.broadcast(FLOATS, quants[x + 8]), dot1);
                    FloatVector weight2 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 16)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = weight2.fma(FloatVector.broadcast(FLOATS, quants[x + 16]), dot2);
                    FloatVector weight3 =
                            (FloatVector)
                                    bits.lanewise(VectorOperators.LSHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = weight3.fma(FloatVector.broadcast(FLOATS, quants[x + 24]), dot3);
                }
                float sum = bias * quantSums[firstSum + block * TILE];
                dot0.add(dot1)
                        .add(dot2.add(dot3))
                        .add(sum)
                        .intoArray(dots, block * Workspace.DOT_STRIDE + lane);
            }
        }
    }

    /// Each half of the block has two of the four sums and a sub-scale of its own.
    private static void multiplySixBits(
            PackedWeights weights,
            int group,
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            Workspace workspace) {
        MemorySegment memory = weights.memory();
        PanelLayout layout = weights.layout();
        float[] dots = workspace.dots;
        float[] quants = input.quants();
        int firstQuant = input.quantIndex(token) + firstBlock * Activations.BLOCK * TILE;
        float bias = -layout.bias();
        float[] quantSums = input.sums();
        float[] firstSums = input.firstSums();
        int firstSum = input.blockIndex(token) + firstBlock * TILE;
        float[] halfScales = workspace.halfScales;
        long words = weights.groupOffsetBytes(group) + layout.headerBytes();
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int block = 0; block < blocks; block++) {
                long at = words + layout.blockOffsetBytes(firstBlock + block) + lane * 4L;
                int quant = firstQuant + block * Activations.BLOCK * TILE;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                long upper = at + PanelLayout.NIBBLE_BYTES;
                IntVector lowUpper = IntVector.fromMemorySegment(INTS, memory, upper, ORDER);
                IntVector highUpper =
                        IntVector.fromMemorySegment(
                                INTS, memory, upper + PanelLayout.WORD_BYTES, ORDER);
                for (int word = 0; word < 4; word++) {
                    long from = at + (long) word * PanelLayout.WORD_BYTES;
                    int x = quant + word * 4 * TILE;
                    IntVector bits = IntVector.fromMemorySegment(INTS, memory, from, ORDER);
                    IntVector low =
                            bits.and(LOW_NIBBLES)
                                    .or(lowUpper.and(PAIRS).lanewise(VectorOperators.LSHL, 4));
                    IntVector high =
                            bits.lanewise(VectorOperators.LSHR, 4)
                                    .and(LOW_NIBBLES)
                                    .or(highUpper.and(PAIRS).lanewise(VectorOperators.LSHL, 4));
                    lowUpper = lowUpper.lanewise(VectorOperators.LSHR, 2);
                    highUpper = highUpper.lanewise(VectorOperators.LSHR, 2);
                    FloatVector low0 = (FloatVector) low.and(255).convert(VectorOperators.I2F, 0);
                    dot0 = low0.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    FloatVector low1 =
                            (FloatVector)
                                    low.lanewise(VectorOperators.LSHR, 8)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = low1.fma(FloatVector.broadcast(FLOATS, quants[x + 8]), dot1);
                    FloatVector low2 =
                            (FloatVector)
                                    low.lanewise(VectorOperators.LSHR, 16)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot0 = low2.fma(FloatVector.broadcast(FLOATS, quants[x + 16]), dot0);
                    FloatVector low3 =
                            (FloatVector)
                                    low.lanewise(VectorOperators.LSHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot1 = low3.fma(FloatVector.broadcast(FLOATS, quants[x + 24]), dot1);
                    FloatVector high0 = (FloatVector) high.and(255).convert(VectorOperators.I2F, 0);
                    dot2 = high0.fma(FloatVector.broadcast(FLOATS, quants[x + 128]), dot2);
                    FloatVector high1 =
                            (FloatVector)
                                    high.lanewise(VectorOperators.LSHR, 8)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = high1.fma(FloatVector.broadcast(FLOATS, quants[x + 136]), dot3);
                    FloatVector high2 =
                            (FloatVector)
                                    high.lanewise(VectorOperators.LSHR, 16)
                                            .and(255)
                                            .convert(VectorOperators.I2F, 0);
                    dot2 = high2.fma(FloatVector.broadcast(FLOATS, quants[x + 144]), dot2);
                    FloatVector high3 =
                            (FloatVector)
                                    high.lanewise(VectorOperators.LSHR, 24)
                                            .convert(VectorOperators.I2F, 0);
                    dot3 = high3.fma(FloatVector.broadcast(FLOATS, quants[x + 152]), dot3);
                }
                int scale = 2 * block * ROWS + lane;
                float half = firstSums[firstSum + block * TILE];
                float otherHalf = quantSums[firstSum + block * TILE] - half;
                FloatVector first =
                        dot0.add(dot1)
                                .add(bias * half)
                                .mul(FloatVector.fromArray(FLOATS, halfScales, scale));
                FloatVector second =
                        dot2.add(dot3)
                                .add(bias * otherHalf)
                                .mul(FloatVector.fromArray(FLOATS, halfScales, scale + ROWS));
                /* Adding +0 turns the -0 of a negative sub-scale times 0 into the +0 of integers. */
                first.add(second).add(0f).intoArray(dots, block * Workspace.DOT_STRIDE + lane);
            }
        }
    }
}
