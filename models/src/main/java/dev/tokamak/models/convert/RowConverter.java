package dev.tokamak.models.convert;

import dev.tokamak.kernels.format.Dequantizer;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.quantize.Quantizer;
import dev.tokamak.kernels.quantize.TargetType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Reads rows of one tensor type and writes them as another, with buffers for a few rows. Confined to one thread at a
/// time.
public final class RowConverter {

    private final Dequantizer dequantizer;
    private final Quantizer quantizer;
    private final int columns;
    private final int sourceRowBytes;
    private final int targetRowBytes;
    private final byte[] bytes;
    private final float[] row;

    /// @param columns of each row
    public RowConverter(TensorType source, TargetType target, int columns) {
        this.dequantizer = new Dequantizer(source);
        this.quantizer = new Quantizer(target);
        this.columns = columns;
        this.sourceRowBytes = Math.toIntExact(source.bytes(columns));
        this.targetRowBytes = target.rowBytes(columns);
        this.bytes = new byte[sourceRowBytes];
        this.row = new float[columns];
    }

    /// Bytes of a row once it is converted.
    public int targetRowBytes() {
        return targetRowBytes;
    }

    /// Converts one row.
    ///
    /// @param importance for all columns from the offset on, or an empty array
    /// @throws IllegalArgumentException when a weight cannot be represented
    public void convert(
            MemorySegment source,
            long sourceRow,
            float[] importance,
            int importanceOffset,
            byte[] output,
            int outputOffset) {
        MemorySegment.copy(
                source,
                ValueLayout.JAVA_BYTE,
                sourceRow * sourceRowBytes,
                bytes,
                0,
                sourceRowBytes);
        dequantizer.dequantize(bytes, 0, row, 0, columns);
        quantizer.quantize(row, 0, columns, importance, importanceOffset, output, outputOffset);
    }
}
