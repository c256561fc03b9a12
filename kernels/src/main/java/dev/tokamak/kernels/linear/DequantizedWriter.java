package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.tokamak.kernels.format.Dequantizer;
import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Writes groups of weights of any type as fp32. Confined to one thread.
final class DequantizedWriter implements GroupWriter {

    private final PackedWeights weights;
    private final Dequantizer dequantizer;
    private final byte[] source;
    private final float[] row;
    private final int[] panels;

    DequantizedWriter(TensorType sourceType, PackedWeights weights) {
        this.weights = weights;
        this.dequantizer = new Dequantizer(sourceType);
        this.source = new byte[Math.toIntExact(sourceType.bytes(weights.columns()))];
        this.row = new float[weights.columns()];
        this.panels = new int[Math.multiplyExact(row.length, PackedWeights.GROUP_ROWS)];
    }

    @Override
    public void write(MemorySegment file, int group) {
        int groupRows = weights.groupRows(group);
        if (groupRows < PackedWeights.GROUP_ROWS) {
            Arrays.fill(panels, 0);
        }
        for (int lane = 0; lane < groupRows; lane++) {
            long from = ((long) group * PackedWeights.GROUP_ROWS + lane) * source.length;
            MemorySegment.copy(file, JAVA_BYTE, from, source, 0, source.length);
            dequantizer.dequantize(source, 0, row, 0, row.length);
            for (int column = 0; column < row.length; column++) {
                panels[column * PackedWeights.GROUP_ROWS + lane] =
                        Float.floatToRawIntBits(row[column]);
            }
        }
        long to = weights.groupOffsetBytes(group);
        MemorySegment.copy(panels, 0, weights.memory(), PanelReader.INT, to, panels.length);
    }
}
