package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.architecture.FeedForward;
import dev.tokamak.models.architecture.HeadShape;
import dev.tokamak.models.architecture.Projection;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes the stages of a network. Confined to one thread.
final class StageList {

    private static final RowFinish NOTHING = (firstRow, rowCount) -> {};

    private final DecoderModel model;
    private final Workbench bench;
    private final CpuBackendOptions options;
    private final Workspace workspace;
    private final List<Stage> stages = new ArrayList<>();
    private final Map<PlanKey, AttentionPlan> plans = new HashMap<>();

    /// Layers that see as much with as many heads share a plan.
    private record PlanKey(RowSet rowSet, int before, int heads) {}

    StageList(DecoderModel model, Workbench bench, CpuBackendOptions options) {
        this.model = model;
        this.bench = bench;
        this.options = options;
        this.workspace = bench.workspace();
    }

    List<Stage> stages() {
        stages.add(new EmbeddingStage(bench, model.embedding(), layerInput(0)));
        for (int index = 0; index < model.layers().size(); index++) {
            addLayer(index);
        }
        stages.add(new HeadStage(bench, model.head()));
        return stages;
    }

    private void addLayer(int index) {
        DecoderLayer layer = model.layers().get(index);
        RowSet rowSet = isCompact(index) ? RowSet.LOGIT_ROWS : RowSet.TOKENS;
        Activations attended =
                switch (layer.attention()) {
                    case AttentionBlock.Grouped grouped -> addGrouped(grouped, index, rowSet);
                    case AttentionBlock.Latent latent -> addLatent(latent, index);
                };
        Rows residual = rowSet == RowSet.TOKENS ? workspace.residual : workspace.compactResidual;
        ResidualFinish output =
                new ResidualFinish(
                        bench,
                        layer.attention().output().bias(),
                        layer.attentionNorms().after(),
                        layer.residual().scale(),
                        residual,
                        layer.residual().parallel()
                                ? NOTHING
                                : new NormFinish(
                                        bench,
                                        residual,
                                        layer.feedForwardNorms().before(),
                                        workspace.normed,
                                        readsQuantized(layer.feedForward())));
        addProduct(
                "attention output", rowSet, layer.attention().output().weights(), attended, output);
        addFeedForward(index, rowSet, residual);
    }

    /// Whether a layer's rows of tokens that ask for no logits need not be completed.
    private boolean isCompact(int index) {
        DecoderLayer layer = model.layers().get(index);
        return index == model.layers().size() - 1
                && !layer.residual().parallel()
                && layer.attention() instanceof AttentionBlock.Grouped;
    }

    /// Adds q/k/v and attention; returns where the input of the output projection will be.
    private Activations addGrouped(AttentionBlock.Grouped block, int index, RowSet rowSet) {
        AttentionHead[] kvHeads = Heads.keyValues(block, index);
        QueryKeyValueStage queryKeyValue = new QueryKeyValueStage(bench, block, kvHeads);
        stages.add(queryKeyValue);
        stages.add(new FinishStage("rope and store", bench, RowSet.TOKENS, queryKeyValue::finish));
        HeadShape shape = block.heads();
        int columns = shape.queries() * shape.valueDim();
        Activations attended = workspace.attended(columns);
        boolean quantize = block.output().weights().readsQuantized();
        RowFinish next =
                rowSet == RowSet.TOKENS
                        ? (first, count) -> quantize(attended, quantize, first, count)
                        : new CompactFinish(
                                bench, attended, workspace.compactAttended(columns), quantize);
        AttentionHead[] heads = Heads.of(block, index);
        stages.add(
                new AttentionStage(
                        bench,
                        plan(rowSet, block, heads.length),
                        heads,
                        workspace.queries(shape.queries() * shape.keyDim()),
                        Rows.of(attended),
                        next));
        return rowSet == RowSet.TOKENS ? attended : workspace.compactAttended(columns);
    }

    private Activations addLatent(AttentionBlock.Latent block, int index) {
        AttentionHead[] heads = Heads.of(block, index);
        LatentStages latent = new LatentStages(bench, block, heads);
        AttentionPlan plan = plan(RowSet.TOKENS, block, heads.length);
        stages.addAll(latent.stages(plan));
        return latent.attended();
    }

    private AttentionPlan plan(RowSet rowSet, AttentionBlock block, int heads) {
        int before = block.rule().visibility().before();
        return plans.computeIfAbsent(
                new PlanKey(rowSet, before, heads),
                key ->
                        new AttentionPlan(
                                bench.plan(),
                                rowSet,
                                before == Integer.MAX_VALUE ? before : before + 1,
                                heads,
                                bench.workers(),
                                options.maxBatchTokens()));
    }

    private void quantize(Activations rows, boolean quantize, int firstRow, int rowCount) {
        if (quantize) {
            bench.kernels().linear().quantize(rows, firstRow, rowCount);
        }
    }

    private void addFeedForward(int index, RowSet rowSet, Rows residual) {
        DecoderLayer layer = model.layers().get(index);
        RowFinish next =
                index == model.layers().size() - 1 ? headInput(rowSet) : layerInput(index + 1);
        switch (layer.feedForward()) {
            case FeedForward.Gated gated -> {
                addInner(new InnerStage(bench, rowSet, gated), rowSet);
                addDown(
                        rowSet,
                        gated.down(),
                        residualFinish(layer, gated.down().bias(), residual, next));
            }
            case FeedForward.Plain plain -> {
                addInner(new InnerStage(bench, rowSet, plain), rowSet);
                addDown(
                        rowSet,
                        plain.down(),
                        residualFinish(layer, plain.down().bias(), residual, next));
            }
            case FeedForward.Experts experts ->
                    stages.addAll(
                            new ExpertStages(bench, rowSet, experts)
                                    .stages(
                                            residualFinish(
                                                    layer, Optional.empty(), residual, next)));
        }
    }

    private void addInner(InnerStage inner, RowSet rowSet) {
        stages.add(inner);
        stages.add(new FinishStage("quantise", bench, rowSet, inner::finish));
    }

    private void addDown(RowSet rowSet, Projection down, ResidualFinish finish) {
        Activations inner = workspace.inner(down.weights().columns());
        addProduct("down", rowSet, down.weights(), inner, finish);
    }

    private ResidualFinish residualFinish(
            DecoderLayer layer, Optional<MemorySegment> bias, Rows residual, RowFinish next) {
        return new ResidualFinish(
                bench,
                bias,
                layer.feedForwardNorms().after(),
                layer.residual().scale(),
                residual,
                next);
    }

    /// Adds a product whose rows join the residual stream.
    private void addProduct(
            String name,
            RowSet rowSet,
            PackedWeights weights,
            Activations input,
            RowFinish finish) {
        stages.add(new ProductStage(name, bench, rowSet, weights, input, workspace.delta, finish));
        stages.add(new FinishStage("add and norm", bench, rowSet, finish));
    }

    /// What turns the residual stream into the input of this layer.
    private RowFinish layerInput(int index) {
        DecoderLayer layer = model.layers().get(index);
        boolean quantize =
                switch (layer.attention()) {
                    case AttentionBlock.Grouped grouped -> readsQuantized(grouped.projections());
                    case AttentionBlock.Latent latent -> readsQuantized(latent);
                };
        if (layer.residual().parallel()) {
            quantize |= readsQuantized(layer.feedForward());
        }
        return new NormFinish(
                bench,
                workspace.residual,
                layer.attentionNorms().before(),
                workspace.normed,
                quantize);
    }

    private static boolean readsQuantized(AttentionBlock.QueryKeyValue projections) {
        return projections.query().weights().readsQuantized()
                || projections.key().weights().readsQuantized()
                || projections.value().weights().readsQuantized();
    }

    private static boolean readsQuantized(AttentionBlock.Latent latent) {
        Projection query = latent.query().down().orElse(latent.query().up());
        return query.weights().readsQuantized() || latent.latent().weights().readsQuantized();
    }

    private static boolean readsQuantized(FeedForward block) {
        return switch (block) {
            case FeedForward.Gated gated ->
                    gated.gate().weights().readsQuantized()
                            || gated.up().weights().readsQuantized();
            case FeedForward.Plain plain -> plain.up().weights().readsQuantized();
            case FeedForward.Experts experts ->
                    experts.router().scores().weights().readsQuantized()
                            || experts.shared()
                                    .flatMap(FeedForward.SharedExpert::gate)
                                    .filter(gate -> gate.weights().readsQuantized())
                                    .isPresent();
        };
    }

    /// What turns the rows of the last layer into the input of the head.
    private RowFinish headInput(RowSet rowSet) {
        NormFinish norm =
                new NormFinish(
                        bench,
                        workspace.compactResidual,
                        Optional.of(model.head().norm()),
                        workspace.headInput,
                        model.head().projection().weights().readsQuantized());
        return rowSet == RowSet.LOGIT_ROWS ? norm : new LogitRowFinish(bench, norm);
    }
}
