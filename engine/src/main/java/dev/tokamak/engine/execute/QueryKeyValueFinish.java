package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.rope.RopeTable;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.HeadShape;
import org.jspecify.annotations.Nullable;

/// What is done with rows of queries, keys and values: adding biases, normalising heads, rotating, and storing keys and
/// values.
final class QueryKeyValueFinish implements RowFinish {

    private final Workbench bench;
    private final Projected query;
    private final Projected key;
    private final Projected value;
    private final AttentionHead[] heads;
    private final HeadShape shape;
    private final @Nullable HeadNorm queryNorm;
    private final @Nullable HeadNorm keyNorm;
    private final @Nullable RopeTable rope;

    /// @param heads one for each KV head
    QueryKeyValueFinish(Workbench bench, AttentionBlock.Grouped block, AttentionHead[] heads) {
        this.bench = bench;
        this.heads = heads;
        this.shape = block.heads();
        this.rope = block.rope().orElse(null);
        int queryColumns = shape.queries() * shape.keyDim();
        int keyColumns = shape.keyValues() * shape.keyDim();
        var norms = block.headNorms();
        queryNorm =
                HeadNorm.of(bench, norms.query(), norms.span(), shape.keyDim(), queryColumns)
                        .orElse(null);
        keyNorm =
                HeadNorm.of(bench, norms.key(), norms.span(), shape.keyDim(), keyColumns)
                        .orElse(null);
        Workspace workspace = bench.workspace();
        query = Projected.of(block.projections().query(), workspace.queries(queryColumns));
        key = Projected.of(block.projections().key(), workspace.keys(keyColumns));
        value =
                Projected.of(
                        block.projections().value(),
                        workspace.values(shape.keyValues() * shape.valueDim()));
    }

    /// The products that these rows come from.
    ProductStage products() {
        return new ProductStage(
                "q/k/v", bench, RowSet.TOKENS, bench.workspace().normed, this, query, key, value);
    }

    @Override
    public void finish(int firstToken, int tokenCount) {
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            fetchKeysAhead(token);
        }
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            rotateAndStore(token);
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
                    .fetchKeysAhead(plan.view(token, head.layer()), head, plan.position(token));
        }
    }

    private void rotateAndStore(int token) {
        query.complete(bench, token);
        key.complete(bench, token);
        value.complete(bench, token);
        if (queryNorm != null) {
            queryNorm.apply(query.rows(), token);
        }
        if (keyNorm != null) {
            keyNorm.apply(key.rows(), token);
        }
        int position = bench.plan().position(token);
        rotate(query.rows(), token, position);
        rotate(key.rows(), token, position);
        store(token, position);
    }

    private void store(int token, int position) {
        for (int head = 0; head < heads.length; head++) {
            bench.kernels()
                    .attention()
                    .store(
                            bench.plan().view(token, heads[head].layer()),
                            heads[head],
                            position,
                            key.rows().memory(),
                            key.rows().offsetBytes(token)
                                    + (long) head * shape.keyDim() * Float.BYTES,
                            value.rows().memory(),
                            value.rows().offsetBytes(token)
                                    + (long) head * shape.valueDim() * Float.BYTES);
        }
    }

    private void rotate(Rows rows, int token, int position) {
        if (rope != null) {
            bench.kernels()
                    .rope()
                    .rotate(
                            rope,
                            position,
                            rows.memory(),
                            rows.offsetBytes(token),
                            rows.columns() / shape.keyDim(),
                            shape.keyDim());
        }
    }
}
