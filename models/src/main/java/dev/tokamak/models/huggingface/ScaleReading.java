package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import java.util.List;
import java.util.OptionalInt;

/// Finds out from the shape of a matrix's scales what each of them is for. Confined to one thread.
///
/// @param shapes of blocks that the configuration says
record ScaleReading(QuantisedParts parts, List<BlockShape> shapes) {

    /// Bands of rows are unpacked in memory.
    private static final int MOST_COLUMNS = 1 << 20;

    ScaleReading {
        shapes = List.copyOf(shapes);
    }

    /// Scales of which those of a row follow one another: one in all, one for each row, or one for each block.
    Scales rowByRow(StoredTensor scales, BlockShape matrix) {
        requireNarrow(scales, matrix);
        List<Long> shape = scales.shape();
        if (!Scales.reads(scales.element()) || shape.size() > 2 || shape.contains(0L)) {
            throw wrong(scales, matrix);
        }
        long first = shape.isEmpty() ? 1 : shape.getFirst();
        long second = shape.size() < 2 ? 1 : shape.getLast();
        ColumnGroups whole = ColumnGroups.inOrder(matrix.columns(), matrix.columns());
        if (first == 1 && second == 1) {
            return new Scales(scales, 1, 0, 0, whole);
        }
        if (first == matrix.rows() && second == 1) {
            return new Scales(scales, 1, 1, 0, whole);
        }
        BlockShape block =
                shapes.stream()
                        .filter(one -> one.fits(matrix.rows(), matrix.columns(), first, second))
                        .findFirst()
                        .orElseThrow(() -> wrong(scales, matrix));
        int width = (int) BlockShape.size(block.columns(), matrix.columns());
        return new Scales(
                scales,
                BlockShape.size(block.rows(), matrix.rows()),
                second,
                1,
                ColumnGroups.inOrder(matrix.columns(), width));
    }

    /// Scales of which those of a group of columns follow one another, row by row.
    ///
    /// @param otherSizes whether groups may have sizes that are not said, if columns are a multiple of them
    Scales groupByGroup(StoredTensor scales, BlockShape matrix, boolean otherSizes) {
        requireNarrow(scales, matrix);
        BlockShape shape = parts.matrix(scales, ElementType.F16, ElementType.BF16, ElementType.F32);
        int groups = shape.rows();
        boolean divides = otherSizes && matrix.columns() % groups == 0;
        int size =
                shapes.stream()
                        .filter(one -> one.fits(1, matrix.columns(), 1, groups))
                        .mapToInt(one -> (int) BlockShape.size(one.columns(), matrix.columns()))
                        .findFirst()
                        .orElse(divides ? matrix.columns() / groups : 0);
        if (shape.columns() != matrix.rows() || size == 0) {
            throw wrong(scales, matrix);
        }
        return new Scales(
                scales, 1, 1, matrix.rows(), ColumnGroups.inOrder(matrix.columns(), size));
    }

    /// The same with columns in groups that a tensor lists.
    ///
    /// @param unset the number in the list that stands for groups in order
    Scales listed(Scales scales, StoredTensor list, OptionalInt unset) {
        ColumnGroups groups = scales.groups();
        parts.requireShape(list, ElementType.I32, groups.columns());
        return new Scales(
                scales.tensor(),
                scales.rowsEach(),
                scales.rowStride(),
                scales.groupStride(),
                ColumnGroups.listed(list, groups.count(), groups.size(), unset, parts.faults()));
    }

    private void requireNarrow(StoredTensor scales, BlockShape matrix) {
        if (matrix.columns() > MOST_COLUMNS) {
            throw parts.faults()
                    .corrupt(
                            "tensor '%s' is for a matrix of %d columns, the limit is %d"
                                    .formatted(scales.name(), matrix.columns(), MOST_COLUMNS));
        }
    }

    private ModelException wrong(StoredTensor scales, BlockShape matrix) {
        return parts.wrong(
                scales,
                "scales of %d rows and %d columns in %s"
                        .formatted(matrix.rows(), matrix.columns(), described()));
    }

    private String described() {
        List<String> sizes =
                shapes.stream()
                        .map(shape -> "%s x %s".formatted(all(shape.rows()), all(shape.columns())))
                        .toList();
        return sizes.isEmpty() ? "one block or rows" : "blocks of " + String.join(", ", sizes);
    }

    private static String all(int size) {
        return size == 0 ? "all" : String.valueOf(size);
    }
}
