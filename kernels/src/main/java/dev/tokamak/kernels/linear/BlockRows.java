package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// Quantised activations as rows of records in native memory: what emitted code and the scalar reference use. Pieces write
/// disjoint tokens.
final class BlockRows implements QuantizedRows {

    /* A record is one cache line and holds a block of a token, with the products of sums that kernels start from, since
     * weights are stored with a bias:
     *
     *    0  32 signed bytes
     *   32  fp32 scale
     *   36  fp32 scale * sum, rounded once
     *   40  int32  -8 * sum
     *   44  int32 -16 * sum
     *   48  int32 -128 * sum
     *   52  int32 -32 * sum of the first 16
     *   56  int32 -32 * sum of the last 16
     *   60  int32 sum
     *
     * A row has an odd number of records, one of them unused where needed: the same block of consecutive tokens then
     * never falls into the same cache set. */

    static final int RECORD_BYTES = 64;
    static final int SCALE_OFFSET_BYTES = 32;
    static final int SCALED_SUM_OFFSET_BYTES = 36;
    static final int SUM_TIMES_8_OFFSET_BYTES = 40;
    static final int SUM_TIMES_16_OFFSET_BYTES = 44;
    static final int SUM_TIMES_128_OFFSET_BYTES = 48;
    static final int FIRST_SUM_TIMES_32_OFFSET_BYTES = 52;
    static final int SECOND_SUM_TIMES_32_OFFSET_BYTES = 56;
    static final int SUM_OFFSET_BYTES = 60;

    private final long rowBytes;
    private final MemorySegment memory;

    /// A 32-bit integer of a record and how to make minus a bias times a sum of it: shift left by so many bits, or right
    /// where the number is negative, which is exact.
    record Sum(int offsetBytes, int shiftLeft) {

        /// Of a whole block.
        static Sum timesBias(int bias) {
            return switch (bias) {
                case 8 -> new Sum(SUM_TIMES_8_OFFSET_BYTES, 0);
                case 16 -> new Sum(SUM_TIMES_16_OFFSET_BYTES, 0);
                default -> new Sum(SUM_TIMES_128_OFFSET_BYTES, logarithm(bias) - 7);
            };
        }

        /// Of the first or the second half.
        static Sum timesBias(int bias, int half) {
            int offset =
                    half == 0 ? FIRST_SUM_TIMES_32_OFFSET_BYTES : SECOND_SUM_TIMES_32_OFFSET_BYTES;
            return new Sum(offset, logarithm(bias) - 5);
        }

        private static int logarithm(int bias) {
            return Integer.numberOfTrailingZeros(bias);
        }
    }

    BlockRows(int capacity, int blocks, SegmentAllocator allocator) {
        this.rowBytes = (blocks | 1L) * RECORD_BYTES;
        this.memory = allocator.allocate(capacity * rowBytes, RECORD_BYTES);
    }

    MemorySegment memory() {
        return memory;
    }

    /// From one token's records to those of the next.
    long rowBytes() {
        return rowBytes;
    }

    /// Where the token's records start in [#memory()].
    long offsetBytes(int token) {
        return token * rowBytes;
    }

    /// The machine address of the token's records.
    long address(int token) {
        return memory.address() + offsetBytes(token);
    }

    private long recordOffsetBytes(int token, int block) {
        return offsetBytes(token) + (long) block * RECORD_BYTES;
    }

    private long quantOffsetBytes(int token, int column) {
        return recordOffsetBytes(token, column / Activations.BLOCK) + column % Activations.BLOCK;
    }

    @Override
    public int quant(int token, int column) {
        return memory.get(JAVA_BYTE, quantOffsetBytes(token, column));
    }

    @Override
    public float scale(int token, int block) {
        return memory.get(JAVA_FLOAT, recordOffsetBytes(token, block) + SCALE_OFFSET_BYTES);
    }

    @Override
    public int sum(int token, int block) {
        return memory.get(JAVA_INT, recordOffsetBytes(token, block) + SUM_OFFSET_BYTES);
    }

    @Override
    public int firstSum(int token, int block) {
        long at = recordOffsetBytes(token, block) + FIRST_SUM_TIMES_32_OFFSET_BYTES;
        return memory.get(JAVA_INT, at) / -32;
    }

    @Override
    public float scaledSum(int token, int block) {
        return memory.get(JAVA_FLOAT, recordOffsetBytes(token, block) + SCALED_SUM_OFFSET_BYTES);
    }

    @Override
    public void writeQuant(int token, int column, int value) {
        memory.set(JAVA_BYTE, quantOffsetBytes(token, column), (byte) value);
    }

    @Override
    public void writeBlock(int token, int block, float scale, int firstSum, int secondSum) {
        long at = recordOffsetBytes(token, block);
        int sum = firstSum + secondSum;
        memory.set(JAVA_FLOAT, at + SCALE_OFFSET_BYTES, scale);
        memory.set(JAVA_FLOAT, at + SCALED_SUM_OFFSET_BYTES, scale * sum);
        memory.set(JAVA_INT, at + SUM_TIMES_8_OFFSET_BYTES, -8 * sum);
        memory.set(JAVA_INT, at + SUM_TIMES_16_OFFSET_BYTES, -16 * sum);
        memory.set(JAVA_INT, at + SUM_TIMES_128_OFFSET_BYTES, -128 * sum);
        memory.set(JAVA_INT, at + FIRST_SUM_TIMES_32_OFFSET_BYTES, -32 * firstSum);
        memory.set(JAVA_INT, at + SECOND_SUM_TIMES_32_OFFSET_BYTES, -32 * secondSum);
        memory.set(JAVA_INT, at + SUM_OFFSET_BYTES, sum);
    }

    @Override
    public String toString() {
        return "block rows";
    }
}
