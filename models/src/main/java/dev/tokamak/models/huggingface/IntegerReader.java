package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Reads a matrix of integers as blocks of GGUF. Confined to one thread.
final class IntegerReader implements ElementReader {

    /* Numbers of neighbouring rows often share words, and people ask for rows in another order within heads. So a band of
     * rows is unpacked at a time and kept. Its rows are a power of two, so that workers that read 256 rows each share no
     * band. The rows of the unpacked band are a little more than a row apart, because distances that are powers of two
     * would fall on the same cache sets. */

    private static final int BAND_ELEMENTS = 1 << 20;
    private static final int BAND_ROWS = 256;
    private static final int WORD_ROWS = 32;
    private static final int GAP = 64;
    private static final int BLOCK = ColumnGroups.BLOCK;
    private static final int HALF = BLOCK / 2;

    private final IntegerTensor tensor;
    private final int columns;
    private final int rowBytes;
    private final int bandRows;
    private final int stride;
    private final int[] groups;
    private final PackedIntegers.Reader integers;
    private final ZeroPoints.Reader zeros;
    private final Scales.Reader scales;
    private final float[] rowScales;
    private final int[] rowZeros;
    private final byte[] unpacked;
    private final ByteBuffer band;
    private long held = -1;

    IntegerReader(IntegerTensor tensor, Arena owner) {
        this.tensor = tensor;
        this.columns = Math.toIntExact(tensor.columns());
        this.rowBytes = Math.toIntExact(tensor.bytes(columns));
        int fitting = Integer.highestOneBit(Math.min(BAND_ROWS, BAND_ELEMENTS / columns));
        this.bandRows = Math.min(Math.max(fitting, WORD_ROWS), tensor.rowCount());
        this.stride = columns + GAP;
        this.groups = tensor.scales().groups().ofColumns();
        this.integers = tensor.integers().open(owner);
        this.zeros = tensor.zeros().open(owner);
        this.scales = tensor.scales().open(owner);
        int groupCount = tensor.scales().groups().count();
        this.rowScales = new float[groupCount];
        this.rowZeros = new int[groupCount];
        this.unpacked = new byte[Math.multiplyExact(bandRows, stride)];
        this.band =
                ByteBuffer.allocate(Math.multiplyExact(bandRows, rowBytes))
                        .order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void read(long first, long count, MemorySegment target, long offsetBytes) {
        long row = first / columns;
        long end = row + count / columns;
        long at = offsetBytes;
        while (row < end) {
            long start = row / bandRows * bandRows;
            if (start != held) {
                fill(start);
            }
            long some = Math.min(end, start + bandRows) - row;
            int from = (int) (row - start) * rowBytes;
            MemorySegment.copy(
                    band.array(), from, target, ValueLayout.JAVA_BYTE, at, (int) some * rowBytes);
            row += some;
            at += some * rowBytes;
        }
    }

    private void fill(long start) {
        int rows = (int) Math.min(bandRows, tensor.rowCount() - start);
        integers.readRows(start, rows, columns, unpacked, stride);
        for (int row = 0; row < rows; row++) {
            for (int group = 0; group < rowScales.length; group++) {
                rowScales[group] = scales.at(start + row, group);
                rowZeros[group] = zeros.at(start + row, group);
            }
            if (tensor.type() == GgmlType.F32) {
                writeFloats(row * stride, row * rowBytes);
            } else {
                writeBlocks(row * stride, row * rowBytes);
            }
        }
        held = start;
    }

    private void writeFloats(int from, int to) {
        for (int column = 0; column < columns; column++) {
            int group = groups[column];
            int integer = (unpacked[from + column] & 0xff) - rowZeros[group];
            band.putFloat(to + column * Float.BYTES, rowScales[group] * integer);
        }
    }

    private void writeBlocks(int from, int to) {
        int blockBytes = tensor.type().blockBytes();
        for (int column = 0; column < columns; column += BLOCK) {
            int group = groups[column];
            int at = to + column / BLOCK * blockBytes;
            int zero = rowZeros[group];
            band.putShort(at, Float.floatToFloat16(rowScales[group]));
            switch (tensor.type()) {
                case Q4_0 -> writeFour(from + column, zero, at + Short.BYTES);
                case Q5_0 -> writeFive(from + column, zero, at + Short.BYTES);
                default -> writeEight(from + column, zero, at + Short.BYTES);
            }
        }
    }

    private void writeFour(int from, int zero, int to) {
        byte[] target = band.array();
        int added = 8 - zero;
        for (int i = 0; i < HALF; i++) {
            int low = (unpacked[from + i] & 0xff) + added;
            int high = (unpacked[from + i + HALF] & 0xff) + added;
            target[to + i] = (byte) (low | (high << 4));
        }
    }

    private void writeFive(int from, int zero, int to) {
        byte[] target = band.array();
        int added = 16 - zero;
        int fifth = 0;
        for (int i = 0; i < HALF; i++) {
            int low = (unpacked[from + i] & 0xff) + added;
            int high = (unpacked[from + i + HALF] & 0xff) + added;
            target[to + Integer.BYTES + i] = (byte) ((low & 15) | (high << 4));
            fifth |= ((low >> 4) << i) | ((high >> 4) << (i + HALF));
        }
        band.putInt(to, fifth);
    }

    private void writeEight(int from, int zero, int to) {
        byte[] target = band.array();
        for (int i = 0; i < BLOCK; i++) {
            target[to + i] = (byte) ((unpacked[from + i] & 0xff) - zero);
        }
    }
}
