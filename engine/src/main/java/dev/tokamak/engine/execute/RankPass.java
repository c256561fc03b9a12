package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.NormWeights;
import dev.tokamak.models.architecture.Projection;
import dev.tokamak.models.architecture.RankHead;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// Turns the pooled row of a query and a document into a score. Confined to one thread.
final class RankPass {

    private final Workbench bench;
    private final RankHead head;
    private final Activations input;
    private final Rows hidden;
    private final Rows output;

    RankPass(Workbench bench, RankHead head, int columns, SegmentAllocator allocator) {
        this.bench = bench;
        this.head = head;
        this.input = bench.kernels().linear().activations(1, columns, allocator);
        this.hidden = new Rows(1, columns, allocator);
        int outputs =
                head.outputs().stream().mapToInt(projection -> projection.weights().rows()).sum();
        this.output = new Rows(1, outputs, allocator);
    }

    /// The score, or NaN where a number was not finite.
    float score(float[] pooled) {
        MemorySegment.copy(pooled, 0, input.floats(), ValueLayout.JAVA_FLOAT, 0, pooled.length);
        head.dense().ifPresent(this::apply);
        int first = 0;
        for (Projection projection : head.outputs()) {
            project(projection, output, first);
            first += projection.weights().rows();
        }
        return head.share() ? firstShare() : at(0);
    }

    private void apply(RankHead.Dense dense) {
        project(dense.projection(), hidden, 0);
        int columns = hidden.columns();
        bench.kernels().activation().apply(dense.function(), hidden.memory(), 0, columns);
        dense.norm().ifPresent(norm -> normalise(norm, columns));
        MemorySegment.copy(hidden.memory(), 0, input.floats(), 0, hidden.offsetBytes(1));
    }

    private void normalise(NormWeights norm, int columns) {
        new RowNorm(bench, norm).applyInPlace(hidden.memory(), 0, columns, 1);
    }

    /// Writes the projection of the input from this element of the row on.
    private void project(Projection projection, Rows target, int first) {
        PackedWeights weights = projection.weights();
        Kernels kernels = bench.kernels();
        if (weights.readsQuantized()) {
            kernels.linear().quantize(input, 0, 1);
        }
        int rows = weights.rows();
        long at = (long) first * Float.BYTES;
        MemorySegment memory = target.memory().asSlice(at);
        bench.multiply(weights, input, new Rows(memory, rows), 0, 1, 0, weights.groups());
        projection.bias().ifPresent(bias -> kernels.activation().add(memory, 0, bias, 0, rows));
    }

    private float at(int index) {
        return output.memory().getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    private float firstShare() {
        double sum = 0;
        for (int i = 0; i < output.columns(); i++) {
            sum += StrictMath.exp((double) at(i) - at(0));
        }
        return (float) (1 / sum);
    }
}
