package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.attention.ScoreRule;
import dev.tokamak.kernels.attention.Visibility;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.architecture.DecoderShape;
import dev.tokamak.models.architecture.GatedFeedForward;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A network as a list of operations on the worker team. Confined to the engine thread.
///
/// Five operations, so five barriers, for each layer: q/k/v, attention, output projection, gate/up, down. Whatever needs
/// complete rows (norms, rotation, quantisation) is done by the worker that completes them when they are few, else by all
/// workers in an operation that follows. The last layer computes only keys and values for tokens that ask for no logits.
final class ForwardPass {

    private final BatchPlan plan;
    private final Stage[] stages;
    private final StageRun[] runs;
    private @Nullable StageClock clock;

    ForwardPass(DecoderModel model, WorkerTeam team, Workbench bench, CpuBackendOptions options) {
        this.plan = bench.plan();
        this.stages = stages(model, bench, options).toArray(Stage[]::new);
        this.runs = StageRun.of(stages, team);
    }

    /// Runs the batch through all stages. Allocates nothing.
    void run(Batch batch) {
        plan.prepare(batch);
        if (clock == null) {
            for (StageRun run : runs) {
                run.run();
            }
        } else {
            runTimed(clock);
        }
    }

    private void runTimed(StageClock clock) {
        for (int index = 0; index < runs.length; index++) {
            long start = System.nanoTime();
            if (runs[index].run()) {
                clock.add(index, System.nanoTime() - start);
            }
        }
    }

    /// Starts counting from zero.
    void startProfile() {
        clock = new StageClock(stages);
    }

    /// Ends counting and returns what was counted; nothing when it was not started.
    List<OperationProfile> stopProfile() {
        List<OperationProfile> profile = clock == null ? List.of() : clock.profile();
        clock = null;
        return profile;
    }

    private static List<Stage> stages(
            DecoderModel model, Workbench bench, CpuBackendOptions options) {
        List<Stage> stages = new ArrayList<>();
        Map<Integer, AttentionPlan> plans = new HashMap<>();
        stages.add(new EmbeddingStage(bench, model.embedding(), layerInput(model, bench, 0)));
        for (int index = 0; index < model.layers().size(); index++) {
            boolean last = index == model.layers().size() - 1;
            RowSet rowSet = last ? RowSet.LOGIT_ROWS : RowSet.TOKENS;
            int window = model.layers().get(index).attention().window();
            AttentionPlan plan =
                    last
                            ? attentionPlan(model, bench, options, rowSet, window)
                            : plans.computeIfAbsent(
                                    window, w -> attentionPlan(model, bench, options, rowSet, w));
            addLayer(stages, model, bench, index, rowSet, plan);
        }
        stages.add(new HeadStage(bench, model.head()));
        return stages;
    }

    private static AttentionPlan attentionPlan(
            DecoderModel model,
            Workbench bench,
            CpuBackendOptions options,
            RowSet rowSet,
            int window) {
        return new AttentionPlan(
                bench.plan(),
                rowSet,
                window,
                model.shape().kvHeads(),
                bench.workers(),
                options.maxBatchTokens());
    }

    /// Adds the stages of a layer; all but its keys and values are computed for these rows only.
    private static void addLayer(
            List<Stage> stages,
            DecoderModel model,
            Workbench bench,
            int index,
            RowSet rowSet,
            AttentionPlan plan) {
        AttentionBlock attention = model.layers().get(index).attention();
        AttentionHead[] heads = heads(model.shape(), attention, index);
        QueryKeyValueStage queryKeyValue =
                new QueryKeyValueStage(
                        bench, attention, heads, model.shape().headDim(), model.rope());
        stages.add(queryKeyValue);
        stages.add(new FinishStage("rope and store", bench, RowSet.TOKENS, queryKeyValue::finish));
        boolean quantize = attention.output().weights().readsQuantized();
        stages.add(
                new AttentionStage(
                        bench,
                        plan,
                        heads,
                        rowSet == RowSet.TOKENS
                                ? (first, count) -> quantizeAttended(bench, quantize, first, count)
                                : new CompactFinish(bench, quantize)));
        addFeedForward(stages, model, bench, index, rowSet);
    }

    private static void quantizeAttended(
            Workbench bench, boolean quantize, int firstToken, int tokenCount) {
        if (quantize) {
            bench.kernels().linear().quantize(bench.workspace().attended, firstToken, tokenCount);
        }
    }

    /// Adds the output projection and the feed-forward block of a layer.
    private static void addFeedForward(
            List<Stage> stages, DecoderModel model, Workbench bench, int index, RowSet rowSet) {
        DecoderLayer layer = model.layers().get(index);
        Workspace workspace = bench.workspace();
        boolean all = rowSet == RowSet.TOKENS;
        Rows residual = all ? workspace.residual : workspace.compactResidual;
        GatedFeedForward feedForward = layer.feedForward();
        boolean quantizeNormed =
                feedForward.gate().weights().readsQuantized()
                        || feedForward.up().weights().readsQuantized();
        ResidualStage output =
                new ResidualStage(
                        "attention output",
                        bench,
                        rowSet,
                        layer.attention().output(),
                        all ? workspace.attended : workspace.compactAttended,
                        residual,
                        new NormFinish(
                                bench,
                                residual,
                                layer.feedForwardNorm(),
                                workspace.normed,
                                quantizeNormed));
        stages.add(output);
        stages.add(new FinishStage("add and norm", bench, rowSet, output::finish));
        GatedStage gated = new GatedStage(bench, rowSet, feedForward);
        stages.add(gated);
        stages.add(new FinishStage("quantise", bench, rowSet, gated::finish));
        ResidualStage down =
                new ResidualStage(
                        "down",
                        bench,
                        rowSet,
                        feedForward.down(),
                        workspace.gated,
                        residual,
                        all ? layerInput(model, bench, index + 1) : headInput(model, bench));
        stages.add(down);
        stages.add(new FinishStage("add and norm", bench, rowSet, down::finish));
    }

    /// What turns the residual stream into the input of this layer.
    private static RowFinish layerInput(DecoderModel model, Workbench bench, int index) {
        DecoderLayer layer = model.layers().get(index);
        AttentionBlock attention = layer.attention();
        boolean quantize =
                attention.query().weights().readsQuantized()
                        || attention.key().weights().readsQuantized()
                        || attention.value().weights().readsQuantized();
        Workspace workspace = bench.workspace();
        return new NormFinish(
                bench, workspace.residual, layer.attentionNorm(), workspace.normed, quantize);
    }

    private static RowFinish headInput(DecoderModel model, Workbench bench) {
        Workspace workspace = bench.workspace();
        return new NormFinish(
                bench,
                workspace.compactResidual,
                model.outputNorm(),
                workspace.headInput,
                model.head().readsQuantized());
    }

    private static AttentionHead[] heads(DecoderShape shape, AttentionBlock block, int layer) {
        AttentionHead[] heads = new AttentionHead[shape.kvHeads()];
        int columns = shape.heads() * shape.headDim();
        int group = shape.heads() / shape.kvHeads();
        Visibility visibility = Visibility.window(block.window());
        ScoreRule rule = ScoreRule.causal(block.scale()).withVisibility(visibility);
        for (int head = 0; head < heads.length; head++) {
            heads[head] =
                    new AttentionHead(layer, head, head * group, group, rule, columns, columns);
        }
        return heads;
    }
}
