package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Unpacks words of one to four bits that may have to be looked up in a table, as those of types with a codebook, into
/// panels of floats, `[column][16]`. Immutable.
final class NumberUnpacker {

    /* A block first becomes bytes, [column / 4][16 rows][4 columns], in vectors of 128 bits: a look-up in 16 bytes is one
     * instruction there on every processor, while wider ones are slow on some. Then bytes become floats. */

    private static final VectorSpecies<Integer> QUAD = IntVector.SPECIES_128;
    private static final VectorSpecies<Byte> TABLE = ByteVector.SPECIES_128;
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, Lanes.INTS.vectorShape());
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int ROWS = PackedWeights.GROUP_ROWS;
    private static final int WORD_BYTES = PanelLayout.WORD_BYTES;
    private static final int QUAD_BYTES = 16;

    private static final int LOW_NIBBLES = 0x0f0f0f0f;
    private static final int PAIRS = 0x03030303;
    private static final int ONES = 0x01010101;

    private NumberUnpacker() {}

    /// Bytes of an unpacked block.
    static final int BLOCK_BYTES = 8 * WORD_BYTES;

    /// Unpacks the words at this offset.
    ///
    /// @param bytes room for a block of bytes
    static void unpack(
            PanelLayout layout,
            MemorySegment memory,
            long offset,
            byte[] bytes,
            float[] panel,
            int first) {
        byte[] table = layout.tableBytes();
        switch (layout.words()) {
            case ONE_BIT -> unpackBits(memory, offset, bytes);
            case TWO_BITS -> unpackPairs(memory, offset, table, bytes);
            case THREE_BITS -> unpackThreeBits(memory, offset, table, bytes);
            case NIBBLES -> unpackNibbles(memory, offset, table, bytes);
            case FIVE_BITS, SIX_BITS, BYTES, FLOATS, HALVES -> throw new AssertionError(layout);
        }
        widen(bytes, layout.bias(), panel, first);
    }

    private static void unpackNibbles(
            MemorySegment memory, long offset, byte[] table, byte[] bytes) {
        ByteVector integers = ByteVector.fromArray(TABLE, table, 0);
        for (int at = 0; at < 4 * WORD_BYTES; at += QUAD_BYTES) {
            IntVector bits = IntVector.fromMemorySegment(QUAD, memory, offset + at, ORDER);
            bits.and(LOW_NIBBLES).reinterpretAsBytes().selectFrom(integers).intoArray(bytes, at);
            bits.lanewise(VectorOperators.LSHR, 4)
                    .and(LOW_NIBBLES)
                    .reinterpretAsBytes()
                    .selectFrom(integers)
                    .intoArray(bytes, at + 4 * WORD_BYTES);
        }
    }

    private static void unpackPairs(MemorySegment memory, long offset, byte[] table, byte[] bytes) {
        ByteVector integers = ByteVector.fromArray(TABLE, table, 0);
        for (int at = 0; at < WORD_BYTES; at += QUAD_BYTES) {
            for (int word = 0; word < 2; word++) {
                long from = offset + (long) word * WORD_BYTES + at;
                IntVector bits = IntVector.fromMemorySegment(QUAD, memory, from, ORDER);
                for (int i = 0; i < 4; i++) {
                    bits.lanewise(VectorOperators.LSHR, 2 * i)
                            .and(PAIRS)
                            .reinterpretAsBytes()
                            .selectFrom(integers)
                            .intoArray(bytes, (4 * word + i) * WORD_BYTES + at);
                }
            }
        }
    }

    private static void unpackThreeBits(
            MemorySegment memory, long offset, byte[] table, byte[] bytes) {
        ByteVector integers = ByteVector.fromArray(TABLE, table, 0);
        for (int at = 0; at < WORD_BYTES; at += QUAD_BYTES) {
            IntVector third =
                    IntVector.fromMemorySegment(QUAD, memory, offset + 2 * WORD_BYTES + at, ORDER);
            for (int word = 0; word < 2; word++) {
                long from = offset + (long) word * WORD_BYTES + at;
                IntVector bits = IntVector.fromMemorySegment(QUAD, memory, from, ORDER);
                for (int i = 0; i < 4; i++) {
                    int step = 4 * word + i;
                    IntVector upper =
                            third.lanewise(VectorOperators.LSHR, step)
                                    .and(ONES)
                                    .lanewise(VectorOperators.LSHL, 2);
                    bits.lanewise(VectorOperators.LSHR, 2 * i)
                            .and(PAIRS)
                            .or(upper)
                            .reinterpretAsBytes()
                            .selectFrom(integers)
                            .intoArray(bytes, step * WORD_BYTES + at);
                }
            }
        }
    }

    /// A bit counts twice.
    private static void unpackBits(MemorySegment memory, long offset, byte[] bytes) {
        for (int at = 0; at < WORD_BYTES; at += QUAD_BYTES) {
            IntVector bits = IntVector.fromMemorySegment(QUAD, memory, offset + at, ORDER);
            for (int step = 0; step < 8; step++) {
                bits.lanewise(VectorOperators.LSHR, step)
                        .and(ONES)
                        .lanewise(VectorOperators.LSHL, 1)
                        .reinterpretAsBytes()
                        .intoArray(bytes, step * WORD_BYTES + at);
            }
        }
    }

    private static void widen(byte[] bytes, int bias, float[] panel, int first) {
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int step = 0; step < 8; step++) {
                int at = step * WORD_BYTES + lane * Integer.BYTES;
                IntVector fours = ByteVector.fromArray(BYTES, bytes, at).reinterpretAsInts();
                int to = first + step * 4 * ROWS + lane;
                for (int i = 0; i < 4; i++) {
                    IntVector integers =
                            fours.lanewise(VectorOperators.LSHR, 8 * i).and(255).sub(bias);
                    ((FloatVector) integers.convert(VectorOperators.I2F, 0))
                            .intoArray(panel, to + i * ROWS);
                }
            }
        }
    }
}
