package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;

/// A weight matrix `[rows][columns]`, repacked into groups of 16 output rows so that results live in lanes. Immutable;
/// its memory belongs to the arena given to the packer.
public final class PackedWeights {

    /// Output rows of one group.
    public static final int GROUP_ROWS = 16;

    /// Columns whose products are summed by themselves before they are added to those of the columns before.
    static final int SEGMENT = 1024;

    private final TensorType type;
    private final int rows;
    private final int columns;
    private final MemorySegment memory;
    private final PanelLayout layout;
    private final long groupBytes;

    PackedWeights(TensorType type, int rows, int columns, MemorySegment memory) {
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.memory = memory;
        this.layout = PanelLayout.of(type);
        this.groupBytes = layout.groupBytes(columns);
    }

    /// The type that the kernels compute with: the file's, or `F32` when the numerics dequantise.
    public TensorType type() {
        return type;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /// Groups of 16 rows, the last one padded.
    public int groups() {
        return (rows + GROUP_ROWS - 1) / GROUP_ROWS;
    }

    /// Whether products read quantised activations; fp32 activations otherwise.
    public boolean readsQuantized() {
        return !type.isFloat();
    }

    public long sizeBytes() {
        return memory.byteSize();
    }

    /// Multiply-adds of a product with one token.
    public long multiplyAdds() {
        return (long) rows * columns;
    }

    MemorySegment memory() {
        return memory;
    }

    PanelLayout layout() {
        return layout;
    }

    /// Blocks of 32 columns in a row.
    int blocks() {
        return columns / Activations.BLOCK;
    }

    /// Bytes of a group, so that the next one starts that much further.
    long groupBytes() {
        return groupBytes;
    }

    long groupOffsetBytes(int group) {
        return group * groupBytes;
    }

    /// The machine address of a group.
    long address(int group) {
        return memory.address() + groupOffsetBytes(group);
    }

    /// Where an even column of a float type starts.
    long columnOffsetBytes(int group, int column) {
        int wordColumns = layout.words() == PanelLayout.Words.HALVES ? 2 : 1;
        return groupOffsetBytes(group) + (long) (column / wordColumns) * PanelLayout.WORD_BYTES;
    }

    /// The rows of this group that are not padding.
    int groupRows(int group) {
        return Math.min(GROUP_ROWS, rows - group * GROUP_ROWS);
    }
}
