package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.rope.RopeTable;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.Projection;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Computes queries, keys and values in one product; to finish a row is to add biases, to rotate and to store its key
/// and value.
final class QueryKeyValueStage implements Stage {

    /* The groups of the three matrices are numbered one after the other: [0, keyGroup) queries, [keyGroup, valueGroup)
     * keys, [valueGroup, groups) values. A piece may reach over a border. */

    private final Workbench bench;
    private final Projected query;
    private final Projected key;
    private final Projected value;
    private final int keyGroup;
    private final int valueGroup;
    private final PieceGrid grid;
    private final AttentionHead[] heads;
    private final int headDim;
    private final RopeTable rope;
    private final RowFinish finish = this::finish;

    QueryKeyValueStage(
            Workbench bench,
            AttentionBlock block,
            AttentionHead[] heads,
            int headDim,
            RopeTable rope) {
        this.bench = bench;
        this.heads = heads;
        this.headDim = headDim;
        this.rope = rope;
        query = Projected.of(block.query(), bench.workspace().queries);
        key = Projected.of(block.key(), bench.workspace().keys);
        value = Projected.of(block.value(), bench.workspace().values);
        keyGroup = query.weights.groups();
        valueGroup = keyGroup + key.weights.groups();
        grid =
                bench.grid(
                        valueGroup + value.weights.groups(),
                        query.weights.sizeBytes()
                                + key.weights.sizeBytes()
                                + value.weights.sizeBytes(),
                        query.weights.columns());
    }

    @Override
    public String name() {
        return "q/k/v";
    }

    @Override
    public int prepare() {
        return bench.cut(grid, RowSet.TOKENS);
    }

    @Override
    public long bytes() {
        return query.weights.sizeBytes() + key.weights.sizeBytes() + value.weights.sizeBytes();
    }

    @Override
    public long multiplyAdds() {
        return bench.plan().tokenCount()
                * (query.weights.multiplyAdds()
                        + key.weights.multiplyAdds()
                        + value.weights.multiplyAdds());
    }

    @Override
    public void run(int piece, int worker) {
        multiply(query, 0, piece);
        multiply(key, keyGroup, piece);
        multiply(value, valueGroup, piece);
        bench.complete(RowSet.TOKENS, finish);
    }

    @Override
    public void fetchAhead(int worker) {
        int group = grid.likelyFirstGroup(worker);
        if (group < keyGroup) {
            bench.kernels().linear().fetchAhead(query.weights, group);
        } else if (group < valueGroup) {
            bench.kernels().linear().fetchAhead(key.weights, group - keyGroup);
        } else {
            bench.kernels().linear().fetchAhead(value.weights, group - valueGroup);
        }
    }

    void finish(int firstToken, int tokenCount) {
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            fetchKeysAhead(token);
        }
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            rotateAndStore(token);
        }
    }

    private void multiply(Projected part, int partGroup, int piece) {
        int first = Math.max(0, grid.firstGroup(piece) - partGroup);
        int end =
                Math.min(
                        part.weights.groups(),
                        grid.firstGroup(piece) + grid.groupCount(piece) - partGroup);
        if (first < end) {
            bench.multiply(
                    part.weights,
                    bench.workspace().normed,
                    part.rows,
                    grid.firstToken(piece),
                    grid.tokenCount(piece),
                    first,
                    end - first);
        }
    }

    /// Asks for what the token's keys are stored into: a line of memory for each of their elements. The tokens of a prompt
    /// share these lines.
    private void fetchKeysAhead(int token) {
        BatchPlan plan = bench.plan();
        if (token > 0 && plan.isSameRun(token, token - 1)) {
            return;
        }
        for (AttentionHead head : heads) {
            bench.kernels()
                    .attention()
                    .fetchKeysAhead(plan.view(token), head, plan.position(token));
        }
    }

    private void rotateAndStore(int token) {
        query.complete(bench, token);
        key.complete(bench, token);
        value.complete(bench, token);
        int position = bench.plan().position(token);
        rotate(query.rows, token, position);
        rotate(key.rows, token, position);
        for (int head = 0; head < heads.length; head++) {
            long headBytes = (long) head * headDim * Float.BYTES;
            bench.kernels()
                    .attention()
                    .store(
                            bench.plan().view(token),
                            heads[head],
                            position,
                            key.rows.memory(),
                            key.rows.offsetBytes(token) + headBytes,
                            value.rows.memory(),
                            value.rows.offsetBytes(token) + headBytes);
        }
    }

    private void rotate(Rows rows, int token, int position) {
        bench.kernels()
                .rope()
                .rotate(
                        rope,
                        position,
                        rows.memory(),
                        rows.offsetBytes(token),
                        rows.columns() / headDim,
                        headDim);
    }

    /// A projection and the rows it writes.
    private record Projected(PackedWeights weights, @Nullable MemorySegment bias, Rows rows) {

        static Projected of(Projection projection, Rows rows) {
            return new Projected(projection.weights(), projection.bias().orElse(null), rows);
        }

        void complete(Workbench bench, int token) {
            if (bias != null) {
                bench.kernels()
                        .activation()
                        .add(rows.memory(), rows.offsetBytes(token), bias, 0, rows.columns());
            }
        }
    }
}
