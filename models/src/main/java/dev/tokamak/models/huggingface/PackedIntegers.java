package dev.tokamak.models.huggingface;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A matrix of small numbers of 0 or more, several in a word of 32 bits, or of signed bytes, which count from -128 as 0.
/// Thread-safe.
///
/// @param rowsPacked whether the numbers of a word are of rows that follow one another, not of columns
/// @param rowStride from the word of a row, or of as many rows as it holds, to that of the next
/// @param columnStride the same of columns
/// @param bits of a number
/// @param order which of the rows or columns of a word lies at its bits, from the lowest on
record PackedIntegers(
        StoredTensor words,
        boolean rowsPacked,
        long rowStride,
        long columnStride,
        int bits,
        Order order) {

    static final int WORD_BITS = 32;
    private static final ValueLayout.OfInt WORD =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Orders of numbers in a word. Immutable.
    enum Order {
        ASCENDING,
        /// Even ones first, as AWQ's kernels like them.
        EVEN_FIRST;

        private static final int[] EVEN = {0, 2, 4, 6, 1, 3, 5, 7};

        int at(int position) {
            return this == ASCENDING ? position : EVEN[position];
        }

        int positionOf(int index) {
            return this == ASCENDING ? index : index / 2 + index % 2 * 4;
        }
    }

    /// Bytes with a sign, row after row.
    static PackedIntegers bytes(StoredTensor bytes, long columns) {
        return new PackedIntegers(bytes, false, columns, 1, Byte.SIZE, Order.ASCENDING);
    }

    int largest() {
        return (1 << bits) - 1;
    }

    private boolean isBytes() {
        return words.element() == ElementType.I8;
    }

    private int perWord() {
        return isBytes() ? 1 : WORD_BITS / bits;
    }

    /// Reads the numbers. Confined to one thread.
    Reader open(Arena owner) {
        return new Reader(this, words.map(owner));
    }

    private int word(MemorySegment data, long index) {
        return isBytes()
                ? data.get(ValueLayout.JAVA_BYTE, index) - Byte.MIN_VALUE
                : data.getAtIndex(WORD, index);
    }

    record Reader(PackedIntegers packed, MemorySegment data) {

        int at(long row, long column) {
            int per = packed.perWord();
            long wordRow = packed.rowsPacked ? row / per : row;
            long wordColumn = packed.rowsPacked ? column : column / per;
            int word =
                    packed.word(
                            data, wordRow * packed.rowStride + wordColumn * packed.columnStride);
            int index = (int) ((packed.rowsPacked ? row : column) % per);
            return (word >>> (packed.order.positionOf(index) * packed.bits)) & packed.largest();
        }

        /// Writes whole rows, `stride` apart.
        void readRows(long firstRow, int rows, int columns, byte[] target, int stride) {
            if (packed.rowsPacked) {
                readAcross(firstRow, rows, columns, target, stride);
            } else if (packed.rowStride == 1) {
                readDown(firstRow, rows, columns, target, stride);
            } else {
                for (int row = 0; row < rows; row++) {
                    readRow(firstRow + row, columns, target, row * stride);
                }
            }
        }

        private void readRow(long row, int columns, byte[] target, int offset) {
            long start = row * packed.rowStride;
            int per = packed.perWord();
            for (int column = 0; column < columns; column += per) {
                int word = packed.word(data, start + column / per * packed.columnStride);
                unpackColumns(word, Math.min(per, columns - column), target, offset + column);
            }
        }

        /// Words of several columns, of which those of rows that follow one another lie together.
        private void readDown(long firstRow, int rows, int columns, byte[] target, int stride) {
            int per = packed.perWord();
            for (int column = 0; column < columns; column += per) {
                long start = firstRow + column / per * packed.columnStride;
                int count = Math.min(per, columns - column);
                for (int row = 0; row < rows; row++) {
                    int word = packed.word(data, start + row);
                    unpackColumns(word, count, target, row * stride + column);
                }
            }
        }

        private void unpackColumns(int word, int count, byte[] target, int offset) {
            int bits = packed.bits;
            int mask = packed.largest();
            for (int i = 0; i < count; i++) {
                target[offset + i] = (byte) ((word >>> (i * bits)) & mask);
            }
        }

        /// Words of several rows, the first and last of which may be of other bands.
        private void readAcross(long firstRow, int rows, int columns, byte[] target, int stride) {
            int per = packed.perWord();
            long firstWord = firstRow / per;
            long lastWord = (firstRow + rows - 1) / per;
            int[] places = new int[per];
            for (int i = 0; i < per; i++) {
                places[i] = packed.order.at(i);
            }
            for (int column = 0; column < columns; column++) {
                for (long wordRow = firstWord; wordRow <= lastWord; wordRow++) {
                    long index = wordRow * packed.rowStride + column * packed.columnStride;
                    int word = packed.word(data, index);
                    int row = (int) (wordRow * per - firstRow);
                    boolean whole = row >= 0 && row + per <= rows;
                    for (int i = 0; i < per; i++) {
                        int at = row + places[i];
                        if (whole || (at >= 0 && at < rows)) {
                            target[at * stride + column] = (byte) (word & packed.largest());
                        }
                        word >>>= packed.bits;
                    }
                }
            }
        }
    }
}
