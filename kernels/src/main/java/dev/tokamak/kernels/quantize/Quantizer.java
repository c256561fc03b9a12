package dev.tokamak.kernels.quantize;

/// Turns rows of floats into the blocks of one [TargetType], with the bytes that ggml writes. Confined to one thread.
public final class Quantizer {

    private static final float[] UNKNOWN_IMPORTANCE = {};

    private final TargetType type;
    private final BlockWriter writer;
    private final SourceBlock source = new SourceBlock();

    public Quantizer(TargetType type) {
        this.type = type;
        this.writer = type.writer();
    }

    /// Writes one row of weights, which must be finite and, for types with scales, small enough for fp16 scales.
    public void quantize(float[] row, int rowOffset, int columns, byte[] output, int offset) {
        quantize(row, rowOffset, columns, UNKNOWN_IMPORTANCE, 0, output, offset);
    }

    /// Writes one row so that errors count as the importance of their columns says: `columns` numbers from
    /// `importanceOffset` on, none negative. Types without a search ignore it, as does every type when the array is
    /// empty.
    public void quantize(
            float[] row,
            int rowOffset,
            int columns,
            float[] importance,
            int importanceOffset,
            byte[] output,
            int offset) {
        int bytes = type.rowBytes(columns);
        requireFinite(row, rowOffset, columns);
        source.beginRow(row, rowOffset, columns, importance, importanceOffset);
        int blockElements = type.blockElements();
        int blockBytes = type.blockBytes();
        for (int position = 0; position < bytes; position += blockBytes) {
            writer.write(source, output, offset + position);
            source.advance(blockElements);
        }
    }

    private static void requireFinite(float[] row, int offset, int columns) {
        for (int i = 0; i < columns; i++) {
            if (!Float.isFinite(row[offset + i])) {
                throw new IllegalArgumentException(
                        "column " + i + " holds " + row[offset + i] + ", which is not finite");
            }
        }
    }
}
