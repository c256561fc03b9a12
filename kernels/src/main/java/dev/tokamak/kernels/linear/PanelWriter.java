package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Writes groups of weights that keep their type. Confined to one thread.
final class PanelWriter implements GroupWriter {

    /* Nothing is decoded: packed blocks consist of the same words as those of the file, in another order. A chunk of 16 rows
     * is copied to an array that fits the first-level cache, transposed to another one and copied out, so the loops see
     * plain arrays, which are quick already in the interpreter and the first compiler: most of a load is over before the
     * second compiler is done. The unit of a file is a block, or a pair of 16-bit floats, or an fp32 number; all consist of
     * an even number of bytes, but not all of whole words, hence the shorts. */

    private static final ValueLayout.OfShort SOURCE_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Most shorts of a row in a chunk.
    private static final int CHUNK_SHORTS = 1024;

    /// Between the rows of a chunk, so that they start in different cache sets.
    private static final int GAP_SHORTS = 32;

    private final PackedWeights weights;
    private final int rowShorts;
    private final int unitShorts;
    private final int unitWords;
    private final int units;
    private final int chunkUnits;
    private final int stride;
    private final short[] rows;
    private final int[] panels;

    PanelWriter(PackedWeights weights) {
        TensorType type = weights.type();
        this.weights = weights;
        this.rowShorts = Math.toIntExact(type.bytes(weights.columns()) / Short.BYTES);
        this.unitShorts = Math.max(2, type.blockBytes() / Short.BYTES);
        this.units = (rowShorts + unitShorts - 1) / unitShorts;
        this.unitWords = Math.toIntExact(weights.groupBytes() / units / Integer.BYTES);
        this.chunkUnits = Math.min(units, CHUNK_SHORTS / unitShorts);
        this.stride = chunkUnits * unitShorts + GAP_SHORTS;
        this.rows = new short[PackedWeights.GROUP_ROWS * stride];
        this.panels = new int[chunkUnits * unitWords];
    }

    @Override
    public void write(MemorySegment source, int group) {
        int groupRows = weights.groupRows(group);
        if (groupRows < PackedWeights.GROUP_ROWS) {
            Arrays.fill(rows, (short) 0);
        }
        for (int unit = 0; unit < units; unit += chunkUnits) {
            int count = Math.min(chunkUnits, units - unit);
            int first = unit * unitShorts;
            int shorts = Math.min(count * unitShorts, rowShorts - first);
            if (shorts < count * unitShorts) {
                // An odd number of 16-bit floats: the last pair has no second one.
                Arrays.fill(rows, (short) 0);
            }
            for (int lane = 0; lane < groupRows; lane++) {
                long row = (long) group * PackedWeights.GROUP_ROWS + lane;
                long from = (row * rowShorts + first) * Short.BYTES;
                MemorySegment.copy(source, SOURCE_SHORT, from, rows, lane * stride, shorts);
            }
            PanelTransposer.transpose(weights.layout(), rows, stride, count, panels);
            long to = weights.groupOffsetBytes(group) + (long) unit * unitWords * Integer.BYTES;
            MemorySegment.copy(panels, 0, weights.memory(), PanelReader.INT, to, count * unitWords);
        }
    }
}
