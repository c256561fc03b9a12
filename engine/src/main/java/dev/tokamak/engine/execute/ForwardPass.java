package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.architecture.DecoderShape;
import dev.tokamak.models.architecture.GatedFeedForward;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A network as a list of operations on the worker team. Confined to the engine thread.
///
/// Five operations, so five barriers, for each layer: q/k/v, attention, output projection, gate/up, down. Whatever needs
/// complete rows (norms, rotation, quantisation) is done by the worker that completes a tile of them.
final class ForwardPass {

    private final WorkerTeam team;
    private final BatchPlan plan;
    private final Stage[] stages;
    private @Nullable StageClock clock;

    ForwardPass(DecoderModel model, WorkerTeam team, Workbench bench) {
        this.team = team;
        this.plan = bench.plan();
        this.stages = stages(model, bench).toArray(Stage[]::new);
    }

    /// Runs the batch through all stages. Allocates nothing.
    void run(Batch batch) {
        plan.prepare(batch);
        if (clock == null) {
            for (Stage stage : stages) {
                run(stage);
            }
        } else {
            runTimed(clock);
        }
    }

    private boolean run(Stage stage) {
        int pieces = stage.prepare();
        if (pieces > 0) {
            team.run(stage, pieces);
        }
        return pieces > 0;
    }

    private void runTimed(StageClock clock) {
        for (int index = 0; index < stages.length; index++) {
            long start = System.nanoTime();
            if (run(stages[index])) {
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

    private static List<Stage> stages(DecoderModel model, Workbench bench) {
        List<Stage> stages = new ArrayList<>();
        stages.add(new EmbeddingStage(bench, model.embedding(), layerInput(model, bench, 0)));
        for (int index = 0; index < model.layers().size(); index++) {
            addLayer(stages, model, bench, index);
        }
        stages.add(new HeadStage(bench, model.head()));
        return stages;
    }

    private static void addLayer(
            List<Stage> stages, DecoderModel model, Workbench bench, int index) {
        DecoderLayer layer = model.layers().get(index);
        AttentionBlock attention = layer.attention();
        GatedFeedForward feedForward = layer.feedForward();
        AttentionHead[] heads = heads(model.shape(), attention, index);
        int headDim = model.shape().headDim();
        boolean quantizeAttended = attention.output().weights().readsQuantized();
        boolean quantizeNormed =
                feedForward.gate().weights().readsQuantized()
                        || feedForward.up().weights().readsQuantized();
        stages.add(new QueryKeyValueStage(bench, attention, heads, headDim, model.rope()));
        stages.add(new AttentionStage(bench, heads, quantizeAttended));
        stages.add(
                new ResidualStage(
                        "attention output",
                        bench,
                        attention.output(),
                        bench.workspace().attended,
                        new NormFinish(bench, layer.feedForwardNorm(), quantizeNormed)));
        stages.add(new GatedStage(bench, feedForward));
        stages.add(
                new ResidualStage(
                        "down",
                        bench,
                        feedForward.down(),
                        bench.workspace().gated,
                        layerInput(model, bench, index + 1)));
    }

    /// What turns the residual stream into the input of this layer, or of the head after the last one.
    private static TileFinish layerInput(DecoderModel model, Workbench bench, int index) {
        if (index == model.layers().size()) {
            return new HeadInputFinish(bench, model.outputNorm(), model.head().readsQuantized());
        }
        DecoderLayer layer = model.layers().get(index);
        AttentionBlock attention = layer.attention();
        boolean quantize =
                attention.query().weights().readsQuantized()
                        || attention.key().weights().readsQuantized()
                        || attention.value().weights().readsQuantized();
        return new NormFinish(bench, layer.attentionNorm(), quantize);
    }

    private static AttentionHead[] heads(DecoderShape shape, AttentionBlock block, int layer) {
        AttentionHead[] heads = new AttentionHead[shape.kvHeads()];
        int columns = shape.heads() * shape.headDim();
        for (int head = 0; head < heads.length; head++) {
            heads[head] =
                    new AttentionHead(
                            layer,
                            head,
                            shape.heads() / shape.kvHeads(),
                            block.scale(),
                            block.window(),
                            columns,
                            columns);
        }
        return heads;
    }
}
