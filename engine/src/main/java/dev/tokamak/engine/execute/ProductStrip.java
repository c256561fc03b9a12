package dev.tokamak.engine.execute;

import dev.tokamak.kernels.linear.Activations;

/// Several products of the same rows as one: the groups of their matrices are numbered one after the other, and a piece may
/// reach over a border. Written by the engine thread, then read by workers.
final class ProductStrip {

    private final Workbench bench;
    private final Activations input;
    private final Projected[] parts;
    private final int[] firstGroup;
    private final PieceGrid grid;

    ProductStrip(Workbench bench, Activations input, Projected... parts) {
        this.bench = bench;
        this.input = input;
        this.parts = parts.clone();
        this.firstGroup = new int[parts.length];
        int groups = 0;
        for (int i = 0; i < parts.length; i++) {
            firstGroup[i] = groups;
            groups += parts[i].weights().groups();
        }
        this.grid = bench.grid(groups, bytes(), parts[0].weights().columns());
    }

    /// Cuts the products over these rows and returns the number of pieces.
    int prepare(RowSet rowSet) {
        return bench.cut(grid, rowSet);
    }

    long bytes() {
        long bytes = 0;
        for (Projected part : parts) {
            bytes += part.weights().sizeBytes();
        }
        return bytes;
    }

    /// Multiply-adds for one row.
    long multiplyAdds() {
        long sum = 0;
        for (Projected part : parts) {
            sum += part.weights().multiplyAdds();
        }
        return sum;
    }

    /// Asks memory for what this worker will probably read first.
    void fetchAhead(int worker) {
        int group = grid.likelyFirstGroup(worker);
        int part = parts.length - 1;
        while (firstGroup[part] > group) {
            part--;
        }
        bench.kernels().linear().fetchAhead(parts[part].weights(), group - firstGroup[part]);
    }

    void run(int piece) {
        int from = grid.firstGroup(piece);
        int to = from + grid.groupCount(piece);
        for (int i = 0; i < parts.length; i++) {
            int first = Math.max(0, from - firstGroup[i]);
            int end = Math.min(parts[i].weights().groups(), to - firstGroup[i]);
            if (first < end) {
                bench.multiply(
                        parts[i].weights(),
                        input,
                        parts[i].rows(),
                        grid.firstToken(piece),
                        grid.tokenCount(piece),
                        first,
                        end - first);
            }
        }
    }
}
