package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Products with [PanelLayout#HALVES], F16 or BF16, in vectors whose lanes are output rows. Immutable.
final class HalfProduct {

    /* The sum of an output is one chain of multiply-adds in the order of columns, so four or eight outputs are computed
     * side by side to hide the latency. Where fewer are left, the last is computed again and not stored. */

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final VectorSpecies<Integer> INTS = Lanes.INTS;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private HalfProduct() {}

    /// Computes this lane range of a group for `count` tokens from `token`.
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
        MemorySegment floats = input.floats();
        int columns = weights.columns();
        boolean bfloat = weights.type() == TensorType.BF16;
        int shift = bfloat ? 0 : 3;
        int kept = bfloat ? 0xffff0000 : 0x8fffe000;
        int exponent = bfloat ? 0x7f800000 : 0x7c000000;
        float factor = bfloat ? 1f : 0x1p112f;
        long offset = weights.groupOffsetBytes(group) + (long) lane * Float.BYTES;
        long x0 = input.offsetBytes(token);
        long x1 = input.offsetBytes(Math.min(token + 1, token + count - 1));
        long x2 = input.offsetBytes(Math.min(token + 2, token + count - 1));
        long x3 = input.offsetBytes(Math.min(token + 3, token + count - 1));
        long x4 = input.offsetBytes(Math.min(token + 4, token + count - 1));
        long x5 = input.offsetBytes(Math.min(token + 5, token + count - 1));
        long x6 = input.offsetBytes(Math.min(token + 6, token + count - 1));
        long x7 = input.offsetBytes(Math.min(token + 7, token + count - 1));
        FloatVector total0 = FloatVector.zero(FLOATS);
        FloatVector total1 = FloatVector.zero(FLOATS);
        FloatVector total2 = FloatVector.zero(FLOATS);
        FloatVector total3 = FloatVector.zero(FLOATS);
        FloatVector total4 = FloatVector.zero(FLOATS);
        FloatVector total5 = FloatVector.zero(FLOATS);
        FloatVector total6 = FloatVector.zero(FLOATS);
        FloatVector total7 = FloatVector.zero(FLOATS);
        for (int first = 0; first < columns; first += PackedWeights.SEGMENT) {
            int end = Math.min(columns, first + PackedWeights.SEGMENT);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            FloatVector acc2 = FloatVector.zero(FLOATS);
            FloatVector acc3 = FloatVector.zero(FLOATS);
            FloatVector acc4 = FloatVector.zero(FLOATS);
            FloatVector acc5 = FloatVector.zero(FLOATS);
            FloatVector acc6 = FloatVector.zero(FLOATS);
            FloatVector acc7 = FloatVector.zero(FLOATS);
            for (int k = first; k < end; k += 2) {
                IntVector bits =
                        IntVector.fromMemorySegment(
                                INTS,
                                memory,
                                offset + (long) (k / 2) * PanelLayout.WORD_BYTES,
                                ORDER);
                FloatVector low =
                        Lanes.widen(
                                bits.lanewise(VectorOperators.LSHL, 16),
                                shift,
                                kept,
                                exponent,
                                factor);
                long column = (long) k * Float.BYTES;
                acc0 =
                        low.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x0 + column)),
                                acc0);
                acc1 =
                        low.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x1 + column)),
                                acc1);
                acc2 =
                        low.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x2 + column)),
                                acc2);
                acc3 =
                        low.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x3 + column)),
                                acc3);
                acc4 =
                        low.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x4 + column)),
                                acc4);
                acc5 =
                        low.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x5 + column)),
                                acc5);
                acc6 =
                        low.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x6 + column)),
                                acc6);
                acc7 =
                        low.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x7 + column)),
                                acc7);
                if (k + 1 == end) {
                    break;
                }
                FloatVector high = Lanes.widen(bits, shift, kept, exponent, factor);
                column += Float.BYTES;
                acc0 =
                        high.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x0 + column)),
                                acc0);
                acc1 =
                        high.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x1 + column)),
                                acc1);
                acc2 =
                        high.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x2 + column)),
                                acc2);
                acc3 =
                        high.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x3 + column)),
                                acc3);
                acc4 =
                        high.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x4 + column)),
                                acc4);
                acc5 =
                        high.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x5 + column)),
                                acc5);
                acc6 =
                        high.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x6 + column)),
                                acc6);
                acc7 =
                        high.fma(
                                FloatVector.broadcast(FLOATS, floats.get(JAVA_FLOAT, x7 + column)),
                                acc7);
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

    /// Computes this lane range of `count` groups, 1 to 4, for one token.
    static void multiplyGroups(
            PackedWeights weights,
            int group,
            int count,
            int lane,
            Activations input,
            int token,
            MemorySegment output,
            long outputStride) {
        MemorySegment memory = weights.memory();
        MemorySegment floats = input.floats();
        int columns = weights.columns();
        boolean bfloat = weights.type() == TensorType.BF16;
        int shift = bfloat ? 0 : 3;
        int kept = bfloat ? 0xffff0000 : 0x8fffe000;
        int exponent = bfloat ? 0x7f800000 : 0x7c000000;
        float factor = bfloat ? 1f : 0x1p112f;
        long x = input.offsetBytes(token);
        long laneBytes = (long) lane * Float.BYTES;
        long offset0 = weights.groupOffsetBytes(group) + laneBytes;
        long offset1 = weights.groupOffsetBytes(Math.min(group + 1, group + count - 1)) + laneBytes;
        long offset2 = weights.groupOffsetBytes(Math.min(group + 2, group + count - 1)) + laneBytes;
        long offset3 = weights.groupOffsetBytes(Math.min(group + 3, group + count - 1)) + laneBytes;
        FloatVector total0 = FloatVector.zero(FLOATS);
        FloatVector total1 = FloatVector.zero(FLOATS);
        FloatVector total2 = FloatVector.zero(FLOATS);
        FloatVector total3 = FloatVector.zero(FLOATS);
        for (int first = 0; first < columns; first += PackedWeights.SEGMENT) {
            int end = Math.min(columns, first + PackedWeights.SEGMENT);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            FloatVector acc2 = FloatVector.zero(FLOATS);
            FloatVector acc3 = FloatVector.zero(FLOATS);
            for (int k = first; k < end; k += 2) {
                long word = (long) (k / 2) * PanelLayout.WORD_BYTES;
                IntVector bits0 = IntVector.fromMemorySegment(INTS, memory, offset0 + word, ORDER);
                IntVector bits1 = IntVector.fromMemorySegment(INTS, memory, offset1 + word, ORDER);
                IntVector bits2 = IntVector.fromMemorySegment(INTS, memory, offset2 + word, ORDER);
                IntVector bits3 = IntVector.fromMemorySegment(INTS, memory, offset3 + word, ORDER);
                FloatVector value =
                        FloatVector.broadcast(
                                FLOATS, floats.get(JAVA_FLOAT, x + (long) k * Float.BYTES));
                acc0 =
                        Lanes.widen(
                                        bits0.lanewise(VectorOperators.LSHL, 16),
                                        shift,
                                        kept,
                                        exponent,
                                        factor)
                                .fma(value, acc0);
                acc1 =
                        Lanes.widen(
                                        bits1.lanewise(VectorOperators.LSHL, 16),
                                        shift,
                                        kept,
                                        exponent,
                                        factor)
                                .fma(value, acc1);
                acc2 =
                        Lanes.widen(
                                        bits2.lanewise(VectorOperators.LSHL, 16),
                                        shift,
                                        kept,
                                        exponent,
                                        factor)
                                .fma(value, acc2);
                acc3 =
                        Lanes.widen(
                                        bits3.lanewise(VectorOperators.LSHL, 16),
                                        shift,
                                        kept,
                                        exponent,
                                        factor)
                                .fma(value, acc3);
                if (k + 1 == end) {
                    break;
                }
                value =
                        FloatVector.broadcast(
                                FLOATS, floats.get(JAVA_FLOAT, x + (k + 1L) * Float.BYTES));
                acc0 = Lanes.widen(bits0, shift, kept, exponent, factor).fma(value, acc0);
                acc1 = Lanes.widen(bits1, shift, kept, exponent, factor).fma(value, acc1);
                acc2 = Lanes.widen(bits2, shift, kept, exponent, factor).fma(value, acc2);
                acc3 = Lanes.widen(bits3, shift, kept, exponent, factor).fma(value, acc3);
            }
            total0 = total0.add(acc0);
            total1 = total1.add(acc1);
            total2 = total2.add(acc2);
            total3 = total3.add(acc3);
        }
        store(weights, group, lane, total0, output, token * outputStride);
        if (count > 1) {
            store(weights, group + 1, lane, total1, output, token * outputStride);
        }
        if (count > 2) {
            store(weights, group + 2, lane, total2, output, token * outputStride);
        }
        if (count > 3) {
            store(weights, group + 3, lane, total3, output, token * outputStride);
        }
    }

    private static void store(
            PackedWeights weights,
            int group,
            int lane,
            FloatVector values,
            MemorySegment output,
            long outputRow) {
        long row = (long) group * PackedWeights.GROUP_ROWS + lane;
        long at = (outputRow + row) * Float.BYTES;
        Lanes.store(values, output, at, weights.groupRows(group) - lane);
    }
}
