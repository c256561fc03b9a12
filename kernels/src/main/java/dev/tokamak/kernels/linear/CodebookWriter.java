package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.tokamak.kernels.format.BlockDecoder;
import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Writes groups of weights that keep their type and whose integers come from a codebook. Confined to one thread.
final class CodebookWriter implements GroupWriter {

    /* Files hold the numbers of these types in many ways, few of which are near to words; so each block is decoded to
     * numbers, one in a byte, and these are gathered to words, four columns at a time. A chunk of 16 rows is packed in an
     * array and copied out. */

    /// Most columns of a chunk.
    private static final int CHUNK_COLUMNS = 1024;

    private static final VarHandle FOUR =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int ROWS = PackedWeights.GROUP_ROWS;
    private static final int FOURS = Activations.BLOCK / 4;
    private static final int PAIRS = 0x03030303;
    private static final int ONES = 0x01010101;

    private final PackedWeights weights;
    private final PanelLayout layout;
    private final BlockDecoder decoder;
    private final int unitColumns;
    private final int unitBytes;
    private final int units;
    private final int chunkUnits;
    private final int packedUnitBytes;
    private final byte[] source;
    private final int[] panels;
    private final int[] fours = new int[FOURS];

    CodebookWriter(PackedWeights weights) {
        TensorType type = weights.type();
        this.weights = weights;
        this.layout = weights.layout();
        this.decoder = new BlockDecoder(type);
        this.unitColumns = type.blockElements();
        this.unitBytes = type.blockBytes();
        this.units = weights.columns() / unitColumns;
        this.chunkUnits = Math.min(units, CHUNK_COLUMNS / unitColumns);
        this.packedUnitBytes = Math.toIntExact(layout.groupBytes(unitColumns));
        this.source = new byte[chunkUnits * unitBytes];
        this.panels = new int[chunkUnits * packedUnitBytes / Integer.BYTES];
    }

    @Override
    public void write(MemorySegment file, int group) {
        int groupRows = weights.groupRows(group);
        for (int unit = 0; unit < units; unit += chunkUnits) {
            int count = Math.min(chunkUnits, units - unit);
            Arrays.fill(panels, 0);
            for (int lane = 0; lane < groupRows; lane++) {
                long row = (long) group * ROWS + lane;
                long from = (row * units + unit) * unitBytes;
                MemorySegment.copy(file, JAVA_BYTE, from, source, 0, count * unitBytes);
                for (int i = 0; i < count; i++) {
                    decoder.decode(source, i * unitBytes);
                    place(lane, i * packedUnitBytes);
                }
            }
            long to = weights.groupOffsetBytes(group) + (long) unit * packedUnitBytes;
            int ints = count * packedUnitBytes / Integer.BYTES;
            MemorySegment.copy(panels, 0, weights.memory(), PanelReader.INT, to, ints);
        }
    }

    /// Packs the block that was decoded last.
    private void place(int lane, int unitOffset) {
        if (layout.hasSuperBlocks()) {
            putHalf(unitOffset, lane, Float.floatToFloat16(decoder.factor()));
        }
        if (layout.scales() == PanelLayout.Scales.SUPER_AND_NIBBLES) {
            short minimum = Float.floatToFloat16(decoder.minimumFactor());
            putHalf(unitOffset + PanelLayout.HALF_BYTES, lane, minimum);
        }
        for (int block = 0; block < unitColumns / Activations.BLOCK; block++) {
            int at = unitOffset + Math.toIntExact(layout.blockOffsetBytes(block));
            placeHeader(lane, block, at);
            placeWords(lane, block, (at + layout.headerBytes()) / Integer.BYTES + lane);
        }
    }

    private void placeHeader(int lane, int block, int at) {
        byte[] subScales = decoder.subScales();
        float[] scales = decoder.scales();
        switch (layout.scales()) {
            case BFLOAT -> putHalf(at, lane, (short) (Float.floatToRawIntBits(scales[0]) >>> 16));
            case TWO_HALVES -> {
                putHalf(at, lane, Float.floatToFloat16(scales[2 * block]));
                short second = Float.floatToFloat16(scales[2 * block + 1]);
                putHalf(at + PanelLayout.HALF_BYTES, lane, second);
            }
            case SUPER -> {}
            case SUPER_AND_BYTE -> putByte(at + lane, subScales[2 * block]);
            case SUPER_AND_TWO_BYTES, SUPER_AND_NIBBLES -> {
                putByte(at + lane, subScales[2 * block]);
                putByte(at + ROWS + lane, subScales[2 * block + 1]);
            }
            case NONE, HALF, HALF_AND_MINIMUM, SUPER_AND_MINIMUM ->
                    throw new AssertionError(layout);
        }
    }

    private void putHalf(int offsetBytes, int lane, short bits) {
        int index = offsetBytes / Integer.BYTES + lane / 2;
        panels[index] |= (bits & 0xffff) << (lane % 2 * Short.SIZE);
    }

    private void putByte(int offsetBytes, byte bits) {
        int index = offsetBytes / Integer.BYTES;
        panels[index] |= (bits & 255) << (offsetBytes % Integer.BYTES * Byte.SIZE);
    }

    private void placeWords(int lane, int block, int at) {
        gather(decoder.quants(), block * Activations.BLOCK);
        switch (layout.words()) {
            case ONE_BIT -> panels[at] = bits(0);
            case TWO_BITS -> placePairs(at);
            case THREE_BITS -> {
                placePairs(at);
                panels[at + 2 * ROWS] = bits(2);
            }
            case NIBBLES -> {
                for (int word = 0; word < 4; word++) {
                    panels[at + word * ROWS] = fours[word] | fours[word + 4] << 4;
                }
            }
            case FIVE_BITS, SIX_BITS, BYTES, FLOATS, HALVES -> throw new AssertionError(layout);
        }
    }

    /// Puts four numbers each in an int.
    private void gather(byte[] numbers, int first) {
        for (int i = 0; i < FOURS; i++) {
            fours[i] = (int) FOUR.get(numbers, first + 4 * i);
        }
    }

    private void placePairs(int at) {
        for (int word = 0; word < 2; word++) {
            int i = 4 * word;
            panels[at + word * ROWS] =
                    (fours[i] & PAIRS)
                            | (fours[i + 1] & PAIRS) << 2
                            | (fours[i + 2] & PAIRS) << 4
                            | (fours[i + 3] & PAIRS) << 6;
        }
    }

    /// One bit of each number.
    private int bits(int bit) {
        int bits = 0;
        for (int i = 0; i < FOURS; i++) {
            bits |= (fours[i] >>> bit & ONES) << i;
        }
        return bits;
    }
}
