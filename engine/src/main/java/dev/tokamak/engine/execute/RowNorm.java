package dev.tokamak.engine.execute;

import dev.tokamak.kernels.norm.LayerWeights;
import dev.tokamak.models.architecture.NormWeights;
import java.lang.foreign.MemorySegment;

/// A norm of rows that follow one another, of either kind. Immutable.
final class RowNorm {

    private final Workbench bench;
    private final NormWeights weights;
    private final LayerWeights layerWeights;

    RowNorm(Workbench bench, NormWeights weights) {
        this.bench = bench;
        this.weights = weights;
        this.layerWeights =
                new LayerWeights(
                        weights.weight(),
                        weights.bias().orElse(MemorySegment.NULL),
                        weights.epsilon());
    }

    boolean isRms() {
        return weights.kind() == NormWeights.Kind.RMS;
    }

    MemorySegment weight() {
        return weights.weight();
    }

    float epsilon() {
        return weights.epsilon();
    }

    /// Writes the norms of `rows` rows of `columns` floats; input and output may be the same.
    void apply(
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment output,
            long outputOffsetBytes,
            int columns,
            int rows) {
        if (isRms()) {
            bench.kernels()
                    .norm()
                    .rms(
                            input,
                            inputOffsetBytes,
                            weights.weight(),
                            weights.epsilon(),
                            output,
                            outputOffsetBytes,
                            columns,
                            rows);
        } else {
            bench.kernels()
                    .norm()
                    .layer(
                            input,
                            inputOffsetBytes,
                            layerWeights,
                            output,
                            outputOffsetBytes,
                            columns,
                            rows);
        }
    }

    /// Replaces rows by their norms.
    void applyInPlace(MemorySegment rows, long offsetBytes, int columns, int count) {
        apply(rows, offsetBytes, rows, offsetBytes, columns, count);
    }
}
