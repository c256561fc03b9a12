package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Products with [PanelLayout#NIBBLES] in vectors whose lanes are output rows. Immutable.
final class NibbleProduct {

    /* The integer dot product of a block is summed in fp32 lanes: all partial sums stay below 2^24, so every order of
     * summation gives the exact integer. A zero dot product is always +0, as it is when an int is converted. The bias
     * of the nibbles is taken off with the sum of the activations, not from every weight. */

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final VectorSpecies<Integer> INTS = Lanes.INTS;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int SEGMENT_BLOCKS = PackedWeights.SEGMENT / Activations.BLOCK;

    private NibbleProduct() {}

    /// Computes this lane range of a group for `count` tokens from `token`, the first of a tile.
    static void multiplyTile(
            PackedWeights weights,
            int group,
            int lane,
            Activations input,
            int token,
            int count,
            MemorySegment output,
            long outputStride) {
        MemorySegment memory = weights.memory();
        int blocks = weights.blocks();
        int blockBytes = PanelLayout.blockBytes(weights.type());
        int headerBytes = PanelLayout.headerBytes(weights.type());
        boolean hasMinimum = weights.type().hasMinimum();
        FloatVector bias = FloatVector.broadcast(FLOATS, -PanelLayout.bias(weights.type()));
        float[] quants = input.quants();
        float[] scales = input.scales();
        float[] sums = input.sums();
        float[] scaledSums = input.scaledSums();
        long offset = weights.groupOffsetBytes(group) + (long) lane * Float.BYTES;
        int quant = input.quantIndex(token);
        int parameter = input.blockIndex(token);
        FloatVector total0 = FloatVector.zero(FLOATS);
        FloatVector total1 = FloatVector.zero(FLOATS);
        FloatVector total2 = FloatVector.zero(FLOATS);
        FloatVector total3 = FloatVector.zero(FLOATS);
        FloatVector total4 = FloatVector.zero(FLOATS);
        FloatVector total5 = FloatVector.zero(FLOATS);
        FloatVector total6 = FloatVector.zero(FLOATS);
        FloatVector total7 = FloatVector.zero(FLOATS);
        for (int first = 0; first < blocks; first += SEGMENT_BLOCKS) {
            int end = Math.min(blocks, first + SEGMENT_BLOCKS);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            FloatVector acc2 = FloatVector.zero(FLOATS);
            FloatVector acc3 = FloatVector.zero(FLOATS);
            FloatVector acc4 = FloatVector.zero(FLOATS);
            FloatVector acc5 = FloatVector.zero(FLOATS);
            FloatVector acc6 = FloatVector.zero(FLOATS);
            FloatVector acc7 = FloatVector.zero(FLOATS);
            for (int block = first; block < end; block++) {
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                FloatVector dot4 = FloatVector.zero(FLOATS);
                FloatVector dot5 = FloatVector.zero(FLOATS);
                FloatVector dot6 = FloatVector.zero(FLOATS);
                FloatVector dot7 = FloatVector.zero(FLOATS);
                for (int word = 0; word < 4; word++) {
                    IntVector bits =
                            IntVector.fromMemorySegment(
                                    INTS,
                                    memory,
                                    offset + headerBytes + (long) word * PanelLayout.WORD_BYTES,
                                    ORDER);
                    for (int i = 0; i < 4; i++) {
                        FloatVector low = Lanes.toFloats(bits.and(15));
                        FloatVector high =
                                Lanes.toFloats(bits.lanewise(VectorOperators.LSHR, 4).and(15));
                        bits = bits.lanewise(VectorOperators.LSHR, 8);
                        dot0 = low.fma(FloatVector.broadcast(FLOATS, quants[quant + 0]), dot0);
                        dot1 = low.fma(FloatVector.broadcast(FLOATS, quants[quant + 1]), dot1);
                        dot2 = low.fma(FloatVector.broadcast(FLOATS, quants[quant + 2]), dot2);
                        dot3 = low.fma(FloatVector.broadcast(FLOATS, quants[quant + 3]), dot3);
                        dot4 = low.fma(FloatVector.broadcast(FLOATS, quants[quant + 4]), dot4);
                        dot5 = low.fma(FloatVector.broadcast(FLOATS, quants[quant + 5]), dot5);
                        dot6 = low.fma(FloatVector.broadcast(FLOATS, quants[quant + 6]), dot6);
                        dot7 = low.fma(FloatVector.broadcast(FLOATS, quants[quant + 7]), dot7);
                        dot0 =
                                high.fma(
                                        FloatVector.broadcast(FLOATS, quants[quant + 32 + 0]),
                                        dot0);
                        dot1 =
                                high.fma(
                                        FloatVector.broadcast(FLOATS, quants[quant + 32 + 1]),
                                        dot1);
                        dot2 =
                                high.fma(
                                        FloatVector.broadcast(FLOATS, quants[quant + 32 + 2]),
                                        dot2);
                        dot3 =
                                high.fma(
                                        FloatVector.broadcast(FLOATS, quants[quant + 32 + 3]),
                                        dot3);
                        dot4 =
                                high.fma(
                                        FloatVector.broadcast(FLOATS, quants[quant + 32 + 4]),
                                        dot4);
                        dot5 =
                                high.fma(
                                        FloatVector.broadcast(FLOATS, quants[quant + 32 + 5]),
                                        dot5);
                        dot6 =
                                high.fma(
                                        FloatVector.broadcast(FLOATS, quants[quant + 32 + 6]),
                                        dot6);
                        dot7 =
                                high.fma(
                                        FloatVector.broadcast(FLOATS, quants[quant + 32 + 7]),
                                        dot7);
                        quant += Activations.TILE;
                    }
                    quant += 4 * Activations.TILE;
                }
                FloatVector scale = FloatVector.fromMemorySegment(FLOATS, memory, offset, ORDER);
                dot0 = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter + 0]), dot0);
                dot1 = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter + 1]), dot1);
                dot2 = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter + 2]), dot2);
                dot3 = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter + 3]), dot3);
                dot4 = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter + 4]), dot4);
                dot5 = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter + 5]), dot5);
                dot6 = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter + 6]), dot6);
                dot7 = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter + 7]), dot7);
                acc0 = scale.mul(scales[parameter + 0]).fma(dot0, acc0);
                acc1 = scale.mul(scales[parameter + 1]).fma(dot1, acc1);
                acc2 = scale.mul(scales[parameter + 2]).fma(dot2, acc2);
                acc3 = scale.mul(scales[parameter + 3]).fma(dot3, acc3);
                acc4 = scale.mul(scales[parameter + 4]).fma(dot4, acc4);
                acc5 = scale.mul(scales[parameter + 5]).fma(dot5, acc5);
                acc6 = scale.mul(scales[parameter + 6]).fma(dot6, acc6);
                acc7 = scale.mul(scales[parameter + 7]).fma(dot7, acc7);
                if (hasMinimum) {
                    FloatVector minimum =
                            FloatVector.fromMemorySegment(
                                    FLOATS, memory, offset + PanelLayout.WORD_BYTES, ORDER);
                    acc0 =
                            minimum.fma(
                                    FloatVector.broadcast(FLOATS, scaledSums[parameter + 0]), acc0);
                    acc1 =
                            minimum.fma(
                                    FloatVector.broadcast(FLOATS, scaledSums[parameter + 1]), acc1);
                    acc2 =
                            minimum.fma(
                                    FloatVector.broadcast(FLOATS, scaledSums[parameter + 2]), acc2);
                    acc3 =
                            minimum.fma(
                                    FloatVector.broadcast(FLOATS, scaledSums[parameter + 3]), acc3);
                    acc4 =
                            minimum.fma(
                                    FloatVector.broadcast(FLOATS, scaledSums[parameter + 4]), acc4);
                    acc5 =
                            minimum.fma(
                                    FloatVector.broadcast(FLOATS, scaledSums[parameter + 5]), acc5);
                    acc6 =
                            minimum.fma(
                                    FloatVector.broadcast(FLOATS, scaledSums[parameter + 6]), acc6);
                    acc7 =
                            minimum.fma(
                                    FloatVector.broadcast(FLOATS, scaledSums[parameter + 7]), acc7);
                }
                offset += blockBytes;
                parameter += Activations.TILE;
            }
            total0 = total0.add(acc0);
            total1 = total1.add(acc1);
            total2 = total2.add(acc2);
            total3 = total3.add(acc3);
            total4 = total4.add(acc4);
            total5 = total5.add(acc5);
            total6 = total6.add(acc6);
            total7 = total7.add(acc7);
        }
        int rows = weights.groupRows(group) - lane;
        long row = (long) group * PackedWeights.GROUP_ROWS + lane;
        long at = (token * outputStride + row) * Float.BYTES;
        long next = outputStride * Float.BYTES;
        Lanes.store(total0, output, at, rows);
        if (count > 1) {
            Lanes.store(total1, output, at + 1 * next, rows);
        }
        if (count > 2) {
            Lanes.store(total2, output, at + 2 * next, rows);
        }
        if (count > 3) {
            Lanes.store(total3, output, at + 3 * next, rows);
        }
        if (count > 4) {
            Lanes.store(total4, output, at + 4 * next, rows);
        }
        if (count > 5) {
            Lanes.store(total5, output, at + 5 * next, rows);
        }
        if (count > 6) {
            Lanes.store(total6, output, at + 6 * next, rows);
        }
        if (count > 7) {
            Lanes.store(total7, output, at + 7 * next, rows);
        }
    }

    /// Computes this lane range of a group for one token.
    static void multiplyToken(
            PackedWeights weights,
            int group,
            int lane,
            Activations input,
            int token,
            MemorySegment output,
            long outputStride) {
        MemorySegment memory = weights.memory();
        int blocks = weights.blocks();
        int blockBytes = PanelLayout.blockBytes(weights.type());
        int headerBytes = PanelLayout.headerBytes(weights.type());
        boolean hasMinimum = weights.type().hasMinimum();
        FloatVector bias = FloatVector.broadcast(FLOATS, -PanelLayout.bias(weights.type()));
        float[] quants = input.quants();
        float[] scales = input.scales();
        float[] sums = input.sums();
        float[] scaledSums = input.scaledSums();
        long offset = weights.groupOffsetBytes(group) + (long) lane * Float.BYTES;
        int quant = input.quantIndex(token);
        int parameter = input.blockIndex(token);
        FloatVector total = FloatVector.zero(FLOATS);
        for (int first = 0; first < blocks; first += SEGMENT_BLOCKS) {
            int end = Math.min(blocks, first + SEGMENT_BLOCKS);
            FloatVector acc = FloatVector.zero(FLOATS);
            for (int block = first; block < end; block++) {
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                for (int word = 0; word < 4; word++) {
                    IntVector bits =
                            IntVector.fromMemorySegment(
                                    INTS,
                                    memory,
                                    offset + headerBytes + (long) word * PanelLayout.WORD_BYTES,
                                    ORDER);
                    FloatVector low0 = Lanes.toFloats(bits.and(15));
                    FloatVector high0 =
                            Lanes.toFloats(bits.lanewise(VectorOperators.LSHR, 4).and(15));
                    dot0 = low0.fma(FloatVector.broadcast(FLOATS, quants[quant + 0]), dot0);
                    dot0 = high0.fma(FloatVector.broadcast(FLOATS, quants[quant + 32]), dot0);
                    FloatVector low1 =
                            Lanes.toFloats(bits.lanewise(VectorOperators.LSHR, 8).and(15));
                    FloatVector high1 =
                            Lanes.toFloats(bits.lanewise(VectorOperators.LSHR, 12).and(15));
                    dot1 = low1.fma(FloatVector.broadcast(FLOATS, quants[quant + 8]), dot1);
                    dot1 = high1.fma(FloatVector.broadcast(FLOATS, quants[quant + 40]), dot1);
                    FloatVector low2 =
                            Lanes.toFloats(bits.lanewise(VectorOperators.LSHR, 16).and(15));
                    FloatVector high2 =
                            Lanes.toFloats(bits.lanewise(VectorOperators.LSHR, 20).and(15));
                    dot2 = low2.fma(FloatVector.broadcast(FLOATS, quants[quant + 16]), dot2);
                    dot2 = high2.fma(FloatVector.broadcast(FLOATS, quants[quant + 48]), dot2);
                    FloatVector low3 =
                            Lanes.toFloats(bits.lanewise(VectorOperators.LSHR, 24).and(15));
                    FloatVector high3 =
                            Lanes.toFloats(bits.lanewise(VectorOperators.LSHR, 28).and(15));
                    dot3 = low3.fma(FloatVector.broadcast(FLOATS, quants[quant + 24]), dot3);
                    dot3 = high3.fma(FloatVector.broadcast(FLOATS, quants[quant + 56]), dot3);
                    quant += 8 * Activations.TILE;
                }
                FloatVector dot = dot0.add(dot1).add(dot2.add(dot3));
                FloatVector scale = FloatVector.fromMemorySegment(FLOATS, memory, offset, ORDER);
                dot = bias.fma(FloatVector.broadcast(FLOATS, sums[parameter]), dot);
                acc = scale.mul(scales[parameter]).fma(dot, acc);
                if (hasMinimum) {
                    FloatVector minimum =
                            FloatVector.fromMemorySegment(
                                    FLOATS, memory, offset + PanelLayout.WORD_BYTES, ORDER);
                    acc = minimum.fma(FloatVector.broadcast(FLOATS, scaledSums[parameter]), acc);
                }
                offset += blockBytes;
                parameter += Activations.TILE;
            }
            total = total.add(acc);
        }
        long row = (long) group * PackedWeights.GROUP_ROWS + lane;
        long at = (token * outputStride + row) * Float.BYTES;
        Lanes.store(total, output, at, weights.groupRows(group) - lane);
    }
}
