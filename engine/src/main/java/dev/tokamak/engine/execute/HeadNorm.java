package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.models.architecture.AttentionBlock.HeadNorms.Span;
import dev.tokamak.models.architecture.NormWeights;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A norm of the queries or keys of one token: of each head, or of all at once. Immutable.
final class HeadNorm {

    /// Norms of consecutive parts of a row.
    private final List<RowNorm> parts;

    private final int partRows;
    private final int columns;

    /// @param partRows rows of `columns` elements that each of the norms is for
    private HeadNorm(List<RowNorm> parts, int partRows, int columns) {
        this.parts = parts;
        this.partRows = partRows;
        this.columns = columns;
    }

    /// @param rowColumns elements of all heads
    static Optional<HeadNorm> of(
            Workbench bench, Optional<NormWeights> norm, Span span, int headDim, int rowColumns) {
        return norm.map(
                weights ->
                        switch (span) {
                            case ALL_HEADS ->
                                    new HeadNorm(
                                            List.of(new RowNorm(bench, weights)), 1, rowColumns);
                            case HEAD -> ofEach(bench, weights, headDim, rowColumns);
                        });
    }

    private static HeadNorm ofEach(
            Workbench bench, NormWeights weights, int headDim, int rowColumns) {
        long headBytes = (long) headDim * Float.BYTES;
        int heads = rowColumns / headDim;
        if (weights.weight().byteSize() == headBytes) {
            return new HeadNorm(List.of(new RowNorm(bench, weights)), heads, headDim);
        }
        List<RowNorm> parts = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            MemorySegment weight = weights.weight().asSlice(head * headBytes, headBytes);
            NormWeights own =
                    new NormWeights(weights.kind(), weight, Optional.empty(), weights.epsilon());
            parts.add(new RowNorm(bench, own));
        }
        return new HeadNorm(parts, 1, headDim);
    }

    void apply(Rows rows, int token) {
        long offset = rows.offsetBytes(token);
        for (int part = 0; part < parts.size(); part++) {
            parts.get(part).applyInPlace(rows.memory(), offset, columns, partRows);
            offset += (long) partRows * columns * Float.BYTES;
        }
    }
}
