package dev.tokamak.engine.execute;

import dev.tokamak.kernels.linear.Activations;

/// Products of complete rows with one or several matrices; whoever completes the rows finishes them if they are few. The
/// groups of the matrices are numbered one after the other, and a piece may reach over a border.
final class ProductStage implements Stage {

    private final String name;
    private final Workbench bench;
    private final RowSet rowSet;
    private final Activations input;
    private final RowFinish finish;
    private final Projected[] parts;
    private final int[] partGroup;
    private final PieceGrid grid;

    /// @param finish what is done with rows once all their columns are there
    /// @param parts matrices of as many columns as the input has, and where their products go
    ProductStage(
            String name,
            Workbench bench,
            RowSet rowSet,
            Activations input,
            RowFinish finish,
            Projected... parts) {
        this.name = name;
        this.bench = bench;
        this.rowSet = rowSet;
        this.input = input;
        this.finish = finish;
        this.parts = parts.clone();
        this.partGroup = new int[parts.length];
        int groups = 0;
        for (int part = 0; part < parts.length; part++) {
            partGroup[part] = groups;
            groups += parts[part].weights().groups();
        }
        this.grid = bench.grid(groups, bytes(), parts[0].weights().columns());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int prepare() {
        return bench.cut(grid, rowSet);
    }

    @Override
    public long bytes() {
        long bytes = 0;
        for (Projected part : parts) {
            bytes += part.weights().sizeBytes();
        }
        return bytes;
    }

    @Override
    public long multiplyAdds() {
        long each = 0;
        for (Projected part : parts) {
            each += part.weights().multiplyAdds();
        }
        return rowSet.rows(bench.plan()) * each;
    }

    @Override
    public void run(int piece, int worker) {
        int from = grid.firstGroup(piece);
        int to = from + grid.groupCount(piece);
        for (int part = 0; part < parts.length; part++) {
            int first = Math.max(0, from - partGroup[part]);
            int end = Math.min(parts[part].weights().groups(), to - partGroup[part]);
            if (first < end) {
                bench.multiply(
                        parts[part].weights(),
                        input,
                        parts[part].rows(),
                        grid.firstToken(piece),
                        grid.tokenCount(piece),
                        first,
                        end - first);
            }
        }
        bench.complete(rowSet, finish);
    }

    @Override
    public void fetchAhead(int worker) {
        int group = grid.likelyFirstGroup(worker);
        int part = parts.length - 1;
        while (partGroup[part] > group) {
            part--;
        }
        bench.kernels().linear().fetchAhead(parts[part].weights(), group - partGroup[part]);
    }
}
