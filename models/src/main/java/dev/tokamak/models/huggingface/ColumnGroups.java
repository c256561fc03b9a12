package dev.tokamak.models.huggingface;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/// Which group each column of a matrix belongs to. Immutable.
///
/// @param size of a group of columns that follow one another
/// @param listed the group of each column, when they do not follow one another
/// @param wholeBlocks whether the columns of each GGUF block of 32 are of one group
record ColumnGroups(int columns, int size, Optional<StoredTensor> listed, boolean wholeBlocks) {

    static final int BLOCK = 32;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Groups of columns that follow one another.
    static ColumnGroups inOrder(int columns, int size) {
        boolean wholeBlocks = columns % BLOCK == 0 && (size % BLOCK == 0 || size >= columns);
        return new ColumnGroups(columns, size, Optional.empty(), wholeBlocks);
    }

    /// Groups as a tensor lists them, column by column.
    ///
    /// @param count of groups
    /// @param size of groups if they follow one another after all
    /// @param unset the number that stands for groups that follow one another
    static ColumnGroups listed(
            StoredTensor list, int count, int size, OptionalInt unset, Faults faults) {
        if (list.element() != ElementType.I32 || list.shape().size() != 1) {
            throw faults.corrupt(
                    "tensor '%s' has type %s and shape %s, expected I32 and a vector"
                            .formatted(list.name(), list.element(), list.shape()));
        }
        int columns = (int) list.columns();
        boolean inOrder = true;
        boolean wholeBlocks = columns % BLOCK == 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment groups = list.map(arena);
            for (int column = 0; column < columns; column++) {
                int group = groups.getAtIndex(INT, column);
                if (unset.isPresent() && group == unset.getAsInt()) {
                    return inOrder(columns, size);
                }
                if (group < 0 || group >= count) {
                    throw faults.corrupt(
                            "tensor '%s' has the group %d for column %d, but there are %d groups"
                                    .formatted(list.name(), group, column, count));
                }
                inOrder &= group == column / size;
                wholeBlocks &= group == groups.getAtIndex(INT, column - column % BLOCK);
            }
        }
        return inOrder
                ? inOrder(columns, size)
                : new ColumnGroups(columns, size, Optional.of(list), wholeBlocks);
    }

    int count() {
        return Math.ceilDiv(columns, size);
    }

    /// The group of each column.
    int[] ofColumns() {
        int[] groups = new int[columns];
        if (listed.isEmpty()) {
            Arrays.setAll(groups, column -> column / size);
            return groups;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment list = listed.get().map(arena);
            Arrays.setAll(groups, column -> list.getAtIndex(INT, column));
        }
        return groups;
    }
}
