package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.Projection;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A projection and the rows that it writes. Immutable.
record Projected(PackedWeights weights, @Nullable MemorySegment bias, Rows rows) {

    static Projected of(Projection projection, Rows rows) {
        return new Projected(projection.weights(), projection.bias().orElse(null), rows);
    }

    /// Adds the bias to a row whose products are complete.
    void complete(Workbench bench, int row) {
        complete(bench, row, 0, rows.columns());
    }

    /// Adds the bias to these columns of a row.
    void complete(Workbench bench, int row, int firstColumn, int columns) {
        if (bias != null) {
            long at = (long) firstColumn * Float.BYTES;
            bench.kernels()
                    .activation()
                    .add(rows.memory(), rows.offsetBytes(row) + at, bias, at, columns);
        }
    }
}
