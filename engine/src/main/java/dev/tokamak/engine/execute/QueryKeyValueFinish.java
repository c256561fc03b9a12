package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.rope.RopeTable;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.AttentionBlock.HeadNorms.Span;
import dev.tokamak.models.architecture.HeadShape;
import dev.tokamak.models.architecture.Projection;
import dev.tokamak.models.architecture.Temperature;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is done with rows of queries, keys and values: adding biases, normalising heads, rotating, and storing keys and
/// values.
final class QueryKeyValueFinish implements RowFinish {

    private final Workbench bench;
    private final Projected query;
    private final AttentionHead[] heads;
    private final @Nullable Stored stored;
    private final HeadShape shape;
    private final @Nullable HeadNorm queryNorm;
    private final boolean rotatesFirst;
    private final @Nullable RopeTable rope;
    private final @Nullable Temperature temperature;
    private final @Nullable Projected gate;

    /// The keys and values of a layer that has its own.
    ///
    /// @param value null where values are the keys before their norm and rotation
    private record Stored(
            Projected key,
            @Nullable Projected value,
            Rows valueRows,
            @Nullable HeadNorm keyNorm,
            @Nullable HeadNorm valueNorm) {}

    /// @param heads one for each KV head
    QueryKeyValueFinish(Workbench bench, AttentionBlock.Grouped block, AttentionHead[] heads) {
        this.bench = bench;
        this.heads = heads;
        this.shape = block.heads();
        this.rope = block.rope().orElse(null);
        this.temperature = block.temperature().orElse(null);
        this.rotatesFirst = block.headNorms().afterRotation();
        this.gate =
                block.projections()
                        .gate()
                        .map(one -> Projected.of(one, AttentionGate.rows(bench, one)))
                        .orElse(null);
        int columns = shape.queries() * shape.keyDim();
        var norms = block.headNorms();
        queryNorm =
                HeadNorm.of(bench, norms.query(), norms.span(), shape.keyDim(), columns)
                        .orElse(null);
        query = Projected.of(block.projections().query(), bench.workspace().queries(columns));
        stored = block.projections().key().map(key -> stored(block, key)).orElse(null);
    }

    private Stored stored(AttentionBlock.Grouped block, Projection key) {
        int keyColumns = shape.keyValues() * shape.keyDim();
        int valueColumns = shape.keyValues() * shape.valueDim();
        var norms = block.headNorms();
        Rows valueRows = bench.workspace().values(valueColumns);
        return new Stored(
                Projected.of(key, bench.workspace().keys(keyColumns)),
                block.projections()
                        .value()
                        .map(value -> Projected.of(value, valueRows))
                        .orElse(null),
                valueRows,
                HeadNorm.of(bench, norms.key(), norms.span(), shape.keyDim(), keyColumns)
                        .orElse(null),
                HeadNorm.of(bench, norms.value(), Span.HEAD, shape.valueDim(), valueColumns)
                        .orElse(null));
    }

    /// The products that these rows come from.
    ProductStage products() {
        List<Projected> parts = new ArrayList<>(List.of(query));
        if (stored != null) {
            parts.add(stored.key);
            if (stored.value != null) {
                parts.add(stored.value);
            }
        }
        if (gate != null) {
            parts.add(gate);
        }
        return new ProductStage(
                "q/k/v",
                bench,
                RowSet.TOKENS,
                bench.workspace().normed,
                this,
                parts.toArray(Projected[]::new));
    }

    @Override
    public void finish(int firstToken, int tokenCount) {
        if (stored != null) {
            for (int token = firstToken; token < firstToken + tokenCount; token++) {
                fetchKeysAhead(token);
            }
        }
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            int position = bench.plan().position(token);
            complete(query, queryNorm, token, position);
            heat(token, position);
            if (stored != null) {
                store(stored, token, position);
            }
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

    private void complete(Projected part, @Nullable HeadNorm norm, int token, int position) {
        part.complete(bench, token);
        if (rotatesFirst) {
            rotate(part.rows(), token, position);
        }
        if (norm != null) {
            norm.apply(part.rows(), token);
        }
        if (!rotatesFirst) {
            rotate(part.rows(), token, position);
        }
    }

    private void heat(int token, int position) {
        if (temperature == null) {
            return;
        }
        Rows rows = query.rows();
        bench.kernels()
                .activation()
                .scale(
                        rows.memory(),
                        rows.offsetBytes(token),
                        temperature.at(position),
                        rows.columns());
    }

    private void store(Stored own, int token, int position) {
        completeValue(own, token);
        complete(own.key, own.keyNorm, token, position);
        Rows keys = own.key.rows();
        for (int head = 0; head < heads.length; head++) {
            bench.kernels()
                    .attention()
                    .store(
                            bench.plan().view(token, heads[head].layer()),
                            heads[head],
                            position,
                            keys.memory(),
                            keys.offsetBytes(token) + (long) head * shape.keyDim() * Float.BYTES,
                            own.valueRows.memory(),
                            own.valueRows.offsetBytes(token)
                                    + (long) head * shape.valueDim() * Float.BYTES);
        }
    }

    private void completeValue(Stored own, int token) {
        if (own.value != null) {
            own.value.complete(bench, token);
        } else {
            Rows keys = own.key.rows();
            MemorySegment.copy(
                    keys.memory(),
                    keys.offsetBytes(token),
                    own.valueRows.memory(),
                    own.valueRows.offsetBytes(token),
                    keys.offsetBytes(1));
        }
        if (own.valueNorm != null) {
            own.valueNorm.apply(own.valueRows, token);
        }
    }

    private void rotate(Rows rows, int token, int position) {
        if (rope != null) {
            bench.kernels()
                    .rope()
                    .rotate(
                            rope,
                            rope.row(position, bench.plan().sequenceTokens(token)),
                            rows.memory(),
                            rows.offsetBytes(token),
                            rows.columns() / shape.keyDim(),
                            shape.keyDim());
        }
    }
}
