package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.attention.Visibility;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.architecture.EncoderModel;
import dev.tokamak.models.architecture.FeedForward;
import dev.tokamak.models.architecture.HeadShape;
import dev.tokamak.models.architecture.NormWeights;
import dev.tokamak.models.architecture.Projection;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes the stages of a network. Confined to one thread.
final class StageList {

    private static final RowFinish NOTHING = (firstRow, rowCount) -> {};

    private final List<DecoderLayer> layers;
    private final Workbench bench;
    private final CpuBackendOptions options;
    private final Workspace workspace;
    private final List<Stage> stages = new ArrayList<>();
    private final Map<PlanKey, AttentionPlan> plans = new HashMap<>();
    private @Nullable SignalStages signals;

    /// Layers that see as much with as many heads share a plan.
    private record PlanKey(RowSet rowSet, Visibility visibility, int heads) {}

    private StageList(List<DecoderLayer> layers, Workbench bench, CpuBackendOptions options) {
        this.layers = layers;
        this.bench = bench;
        this.options = options;
        this.workspace = bench.workspace();
    }

    /// The stages of a decoder, whose last rows become logits.
    static List<Stage> ofDecoder(DecoderModel model, Workbench bench, CpuBackendOptions options) {
        StageList list = new StageList(model.layers(), bench, options);
        list.addEmbedding(model.embedding(), model.signals());
        for (int index = 0; index < list.layers.size(); index++) {
            boolean last = index == list.layers.size() - 1;
            RowSet rowSet = last && list.isCompact(index) ? RowSet.LOGIT_ROWS : RowSet.TOKENS;
            list.addLayer(
                    index,
                    rowSet,
                    last ? list.headInput(model.head(), rowSet) : list.layerInput(index + 1));
        }
        list.stages.add(new HeadStage(bench, model.head()));
        return list.stages;
    }

    /// The stages of an encoder, whose last rows stay in the residual stream.
    static List<Stage> ofEncoder(EncoderModel model, Workbench bench, CpuBackendOptions options) {
        StageList list = new StageList(model.layers(), bench, options);
        list.addEmbedding(model.embedding(), Optional.empty());
        for (int index = 0; index < list.layers.size(); index++) {
            boolean last = index == list.layers.size() - 1;
            list.addLayer(
                    index,
                    RowSet.TOKENS,
                    last ? list.result(model.norm()) : list.layerInput(index + 1));
        }
        return list.stages;
    }

    private void addEmbedding(
            DecoderModel.Embedding embedding, Optional<DecoderModel.TokenSignals> told) {
        RowFinish first = layerInput(0);
        if (told.isEmpty()) {
            stages.add(new EmbeddingStage(bench, embedding, first));
            return;
        }
        signals = new SignalStages(bench, told.get());
        stages.add(new EmbeddingStage(bench, embedding, both(first, signals.start())));
        stages.addAll(signals.stages());
    }

    private static RowFinish both(RowFinish one, RowFinish other) {
        return (first, count) -> {
            one.finish(first, count);
            other.finish(first, count);
        };
    }

    private RowFinish result(Optional<NormWeights> norm) {
        if (norm.isEmpty()) {
            return NOTHING;
        }
        RowNorm rows = new RowNorm(bench, norm.get());
        Rows residual = workspace.residual;
        return (first, count) ->
                rows.applyInPlace(
                        residual.memory(), residual.offsetBytes(first), residual.columns(), count);
    }

    private void addLayer(int index, RowSet rowSet, RowFinish next) {
        DecoderLayer layer = layers.get(index);
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
                        layer.attentionNorms(),
                        layer.residual().scale(),
                        residual,
                        layer.residual().parallel() ? NOTHING : feedForwardInput(layer, residual));
        addProduct(
                "attention output",
                rowSet,
                layer.attention().output().weights(),
                attended,
                hasOwnNorm(layer) ? both(feedForwardInput(layer, residual), output) : output);
        addEnd(index, rowSet, residual, next);
    }

    /// Whether the feed-forward of a parallel layer reads another norm of the residual stream than attention: it is taken
    /// before attention's result joins the stream.
    private static boolean hasOwnNorm(DecoderLayer layer) {
        return layer.residual().parallel() && layer.feedForwardNorms().before().isPresent();
    }

    private RowFinish feedForwardInput(DecoderLayer layer, Rows residual) {
        return new NormFinish(
                bench,
                residual,
                layer.feedForwardNorms().before(),
                workspace.normed,
                readsQuantized(layer.feedForward()));
    }

    /// Adds the feed-forward block and what follows it.
    private void addEnd(int index, RowSet rowSet, Rows residual, RowFinish next) {
        DecoderLayer layer = layers.get(index);
        float scale = layer.end().scale();
        RowFinish end =
                scale == 1
                        ? next
                        : (first, count) -> {
                            bench.kernels()
                                    .activation()
                                    .scale(
                                            residual.memory(),
                                            residual.offsetBytes(first),
                                            scale,
                                            count * residual.columns());
                            next.finish(first, count);
                        };
        if (signals == null || layer.end().signal().isEmpty()) {
            addFeedForward(layer, rowSet, residual, end);
            return;
        }
        SignalStages.LayerEnd told = signals.end(index, layer.end().signal().get(), end);
        addFeedForward(layer, rowSet, residual, told.start());
        stages.addAll(told.stages());
    }

    /// Whether the rows of tokens that ask for no logits need not be completed in this layer if it is the last.
    private boolean isCompact(int index) {
        DecoderLayer layer = layers.get(index);
        return !layer.residual().parallel()
                && layer.end().signal().isEmpty()
                && layer.attention() instanceof AttentionBlock.Grouped;
    }

    /// Adds q/k/v and attention; returns where the input of the output projection will be.
    private Activations addGrouped(AttentionBlock.Grouped block, int index, RowSet rowSet) {
        AttentionHead[] kvHeads = Heads.keyValues(block, index);
        QueryKeyValueFinish finish = new QueryKeyValueFinish(bench, block, kvHeads);
        stages.add(finish.products());
        stages.add(new FinishStage("rope and store", bench, RowSet.TOKENS, finish));
        HeadShape shape = block.heads();
        int columns = shape.queries() * shape.valueDim();
        Activations attended = workspace.attended(columns);
        boolean quantize = block.output().weights().readsQuantized();
        RowFinish next =
                rowSet == RowSet.TOKENS
                        ? (first, count) -> quantize(attended, quantize, first, count)
                        : new CompactFinish(
                                bench, attended, workspace.compactAttended(columns), quantize);
        RowFinish gated =
                block.projections()
                        .gate()
                        .map(gate -> new AttentionGate(bench, gate, shape, Rows.of(attended)))
                        .map(gate -> both(gate, next))
                        .orElse(next);
        AttentionHead[] heads = Heads.of(block, index);
        stages.add(
                new AttentionStage(
                        bench,
                        plan(rowSet, block, heads.length),
                        heads,
                        workspace.queries(shape.queries() * shape.keyDim()),
                        Rows.of(attended),
                        gated));
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
        Visibility visibility = block.rule().visibility();
        return plans.computeIfAbsent(
                new PlanKey(rowSet, visibility, heads),
                key ->
                        new AttentionPlan(
                                bench.plan(),
                                rowSet,
                                visibility,
                                heads,
                                bench.workers(),
                                options.maxBatchTokens()));
    }

    private void quantize(Activations rows, boolean quantize, int firstRow, int rowCount) {
        if (quantize) {
            bench.kernels().linear().quantize(rows, firstRow, rowCount);
        }
    }

    private void addFeedForward(DecoderLayer layer, RowSet rowSet, Rows residual, RowFinish next) {
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

    private void addDown(RowSet rowSet, Projection down, RowFinish finish) {
        Activations inner = workspace.inner(down.weights().columns());
        addProduct("down", rowSet, down.weights(), inner, finish);
    }

    private ResidualFinish residualFinish(
            DecoderLayer layer, Optional<MemorySegment> bias, Rows residual, RowFinish next) {
        return new ResidualFinish(
                bench, bias, layer.feedForwardNorms(), layer.residual().scale(), residual, next);
    }

    /// Adds a product whose rows join the residual stream.
    private void addProduct(
            String name,
            RowSet rowSet,
            PackedWeights weights,
            Activations input,
            RowFinish finish) {
        Projected product = new Projected(weights, null, workspace.delta);
        stages.add(new ProductStage(name, bench, rowSet, input, finish, product));
        stages.add(new FinishStage("add and norm", bench, rowSet, finish));
    }

    /// What turns the residual stream into the input of this layer.
    private RowFinish layerInput(int index) {
        DecoderLayer layer = layers.get(index);
        boolean quantize =
                switch (layer.attention()) {
                    case AttentionBlock.Grouped grouped -> readsQuantized(grouped.projections());
                    case AttentionBlock.Latent latent -> readsQuantized(latent);
                };
        if (layer.residual().parallel() && !hasOwnNorm(layer)) {
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
        return projections.all().anyMatch(one -> one.weights().readsQuantized());
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
                            || experts.shared().filter(StageList::readsQuantized).isPresent();
        };
    }

    private static boolean readsQuantized(FeedForward.SharedExpert shared) {
        return readsQuantized(shared.block())
                || shared.gate().filter(gate -> gate.weights().readsQuantized()).isPresent();
    }

    /// What turns the rows of the last layer into the input of the head.
    private RowFinish headInput(DecoderModel.Head head, RowSet rowSet) {
        NormFinish norm =
                new NormFinish(
                        bench,
                        workspace.compactResidual,
                        Optional.of(head.norm()),
                        workspace.headInput,
                        head.projection().weights().readsQuantized());
        return rowSet == RowSet.LOGIT_ROWS ? norm : new LogitRowFinish(bench, norm);
    }
}
