package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Adds the products of unpacked float weights and fp32 activations to the sums of a segment. Immutable.
final class FloatSums {

    /* The sum of an output is one chain of multiply-adds in the order of columns, so four or eight outputs are computed
     * side by side to hide the latency. Where fewer are left, the last is computed again. */

    /// Groups side by side where there is one token.
    static final int GROUPS = 4;

    /// Columns of each of these groups that fit the panel.
    static final int GROUP_COLUMNS = Workspace.PANEL_COLUMNS / GROUPS;

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int ROWS = PackedWeights.GROUP_ROWS;

    private FloatSums() {}

    /// Adds the products of the panel's columns and those of `count` tokens, 5 to 8, from `token`.
    static void add8(
            Workspace workspace,
            int firstColumn,
            int columns,
            Activations input,
            int token,
            int count) {
        float[] panel = workspace.panel;
        float[] sums = workspace.sums;
        MemorySegment floats = input.floats();
        long columnBytes = (long) firstColumn * Float.BYTES;
        long x0 = input.offsetBytes(token) + columnBytes;
        long x1 = input.offsetBytes(token + 1) + columnBytes;
        long x2 = input.offsetBytes(token + 2) + columnBytes;
        long x3 = input.offsetBytes(token + 3) + columnBytes;
        long x4 = input.offsetBytes(token + 4) + columnBytes;
        long x5 = input.offsetBytes(token + Math.min(5, count - 1)) + columnBytes;
        long x6 = input.offsetBytes(token + Math.min(6, count - 1)) + columnBytes;
        long x7 = input.offsetBytes(token + Math.min(7, count - 1)) + columnBytes;
        int slot = Workspace.slot(token);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            int at = slot * ROWS + lane;
            int at5 = (slot + Math.min(5, count - 1)) * ROWS + lane;
            int at6 = (slot + Math.min(6, count - 1)) * ROWS + lane;
            int at7 = (slot + Math.min(7, count - 1)) * ROWS + lane;
            FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, at);
            FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, at + ROWS);
            FloatVector sum2 = FloatVector.fromArray(FLOATS, sums, at + 2 * ROWS);
            FloatVector sum3 = FloatVector.fromArray(FLOATS, sums, at + 3 * ROWS);
            FloatVector sum4 = FloatVector.fromArray(FLOATS, sums, at + 4 * ROWS);
            FloatVector sum5 = FloatVector.fromArray(FLOATS, sums, at5);
            FloatVector sum6 = FloatVector.fromArray(FLOATS, sums, at6);
            FloatVector sum7 = FloatVector.fromArray(FLOATS, sums, at7);
            for (int k = 0; k < columns; k++) {
                FloatVector weight = FloatVector.fromArray(FLOATS, panel, k * ROWS + lane);
                long x = (long) k * Float.BYTES;
                float value0 = floats.get(JAVA_FLOAT, x0 + x);
                float value1 = floats.get(JAVA_FLOAT, x1 + x);
                float value2 = floats.get(JAVA_FLOAT, x2 + x);
                float value3 = floats.get(JAVA_FLOAT, x3 + x);
                float value4 = floats.get(JAVA_FLOAT, x4 + x);
                float value5 = floats.get(JAVA_FLOAT, x5 + x);
                float value6 = floats.get(JAVA_FLOAT, x6 + x);
                float value7 = floats.get(JAVA_FLOAT, x7 + x);
                sum0 = weight.fma(FloatVector.broadcast(FLOATS, value0), sum0);
                sum1 = weight.fma(FloatVector.broadcast(FLOATS, value1), sum1);
                sum2 = weight.fma(FloatVector.broadcast(FLOATS, value2), sum2);
                sum3 = weight.fma(FloatVector.broadcast(FLOATS, value3), sum3);
                sum4 = weight.fma(FloatVector.broadcast(FLOATS, value4), sum4);
                sum5 = weight.fma(FloatVector.broadcast(FLOATS, value5), sum5);
                sum6 = weight.fma(FloatVector.broadcast(FLOATS, value6), sum6);
                sum7 = weight.fma(FloatVector.broadcast(FLOATS, value7), sum7);
            }
            sum0.intoArray(sums, at);
            sum1.intoArray(sums, at + ROWS);
            sum2.intoArray(sums, at + 2 * ROWS);
            sum3.intoArray(sums, at + 3 * ROWS);
            sum4.intoArray(sums, at + 4 * ROWS);
            sum5.intoArray(sums, at5);
            sum6.intoArray(sums, at6);
            sum7.intoArray(sums, at7);
        }
    }

    /// The same for 1 to 4 tokens.
    static void add4(
            Workspace workspace,
            int firstColumn,
            int columns,
            Activations input,
            int token,
            int count) {
        float[] panel = workspace.panel;
        float[] sums = workspace.sums;
        MemorySegment floats = input.floats();
        long columnBytes = (long) firstColumn * Float.BYTES;
        long x0 = input.offsetBytes(token) + columnBytes;
        long x1 = input.offsetBytes(token + Math.min(1, count - 1)) + columnBytes;
        long x2 = input.offsetBytes(token + Math.min(2, count - 1)) + columnBytes;
        long x3 = input.offsetBytes(token + Math.min(3, count - 1)) + columnBytes;
        int slot = Workspace.slot(token);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            int at0 = slot * ROWS + lane;
            int at1 = (slot + Math.min(1, count - 1)) * ROWS + lane;
            int at2 = (slot + Math.min(2, count - 1)) * ROWS + lane;
            int at3 = (slot + Math.min(3, count - 1)) * ROWS + lane;
            FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, at0);
            FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, at1);
            FloatVector sum2 = FloatVector.fromArray(FLOATS, sums, at2);
            FloatVector sum3 = FloatVector.fromArray(FLOATS, sums, at3);
            for (int k = 0; k < columns; k++) {
                FloatVector weight = FloatVector.fromArray(FLOATS, panel, k * ROWS + lane);
                long x = (long) k * Float.BYTES;
                float value0 = floats.get(JAVA_FLOAT, x0 + x);
                float value1 = floats.get(JAVA_FLOAT, x1 + x);
                float value2 = floats.get(JAVA_FLOAT, x2 + x);
                float value3 = floats.get(JAVA_FLOAT, x3 + x);
                sum0 = weight.fma(FloatVector.broadcast(FLOATS, value0), sum0);
                sum1 = weight.fma(FloatVector.broadcast(FLOATS, value1), sum1);
                sum2 = weight.fma(FloatVector.broadcast(FLOATS, value2), sum2);
                sum3 = weight.fma(FloatVector.broadcast(FLOATS, value3), sum3);
            }
            sum0.intoArray(sums, at0);
            sum1.intoArray(sums, at1);
            sum2.intoArray(sums, at2);
            sum3.intoArray(sums, at3);
        }
    }

    /// Adds the products of four groups, each with [#GROUP_COLUMNS] columns of the panel, and one token.
    static void addGroups(
            Workspace workspace, int firstColumn, int columns, Activations input, int token) {
        float[] panel = workspace.panel;
        float[] sums = workspace.sums;
        MemorySegment floats = input.floats();
        long first = input.offsetBytes(token) + (long) firstColumn * Float.BYTES;
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, lane);
            FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, lane + ROWS);
            FloatVector sum2 = FloatVector.fromArray(FLOATS, sums, lane + 2 * ROWS);
            FloatVector sum3 = FloatVector.fromArray(FLOATS, sums, lane + 3 * ROWS);
            for (int k = 0; k < columns; k++) {
                int at = k * ROWS + lane;
                float value = floats.get(JAVA_FLOAT, first + (long) k * Float.BYTES);
                FloatVector x = FloatVector.broadcast(FLOATS, value);
                sum0 = FloatVector.fromArray(FLOATS, panel, at).fma(x, sum0);
                sum1 = FloatVector.fromArray(FLOATS, panel, at + GROUP_COLUMNS * ROWS).fma(x, sum1);
                sum2 =
                        FloatVector.fromArray(FLOATS, panel, at + 2 * GROUP_COLUMNS * ROWS)
                                .fma(x, sum2);
                sum3 =
                        FloatVector.fromArray(FLOATS, panel, at + 3 * GROUP_COLUMNS * ROWS)
                                .fma(x, sum3);
            }
            sum0.intoArray(sums, lane);
            sum1.intoArray(sums, lane + ROWS);
            sum2.intoArray(sums, lane + 2 * ROWS);
            sum3.intoArray(sums, lane + 3 * ROWS);
        }
    }

    /// The same of `count` groups of fp32 weights, 1 to 4, where they lie: a copy would take longer than the products.
    static void addPackedGroups(
            PackedWeights weights,
            int group,
            int count,
            int firstColumn,
            int columns,
            Activations input,
            int token,
            Workspace workspace) {
        MemorySegment memory = weights.memory();
        float[] sums = workspace.sums;
        MemorySegment floats = input.floats();
        long first = input.offsetBytes(token) + (long) firstColumn * Float.BYTES;
        long group0 = weights.columnOffsetBytes(group, firstColumn);
        long group1 = weights.columnOffsetBytes(group + Math.min(1, count - 1), firstColumn);
        long group2 = weights.columnOffsetBytes(group + Math.min(2, count - 1), firstColumn);
        long group3 = weights.columnOffsetBytes(group + Math.min(3, count - 1), firstColumn);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, lane);
            FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, lane + ROWS);
            FloatVector sum2 = FloatVector.fromArray(FLOATS, sums, lane + 2 * ROWS);
            FloatVector sum3 = FloatVector.fromArray(FLOATS, sums, lane + 3 * ROWS);
            for (int k = 0; k < columns; k++) {
                long at = ((long) k * ROWS + lane) * Float.BYTES;
                float value = floats.get(JAVA_FLOAT, first + (long) k * Float.BYTES);
                FloatVector x = FloatVector.broadcast(FLOATS, value);
                sum0 =
                        FloatVector.fromMemorySegment(FLOATS, memory, group0 + at, ORDER)
                                .fma(x, sum0);
                sum1 =
                        FloatVector.fromMemorySegment(FLOATS, memory, group1 + at, ORDER)
                                .fma(x, sum1);
                sum2 =
                        FloatVector.fromMemorySegment(FLOATS, memory, group2 + at, ORDER)
                                .fma(x, sum2);
                sum3 =
                        FloatVector.fromMemorySegment(FLOATS, memory, group3 + at, ORDER)
                                .fma(x, sum3);
            }
            sum0.intoArray(sums, lane);
            sum1.intoArray(sums, lane + ROWS);
            sum2.intoArray(sums, lane + 2 * ROWS);
            sum3.intoArray(sums, lane + 3 * ROWS);
        }
    }
}
