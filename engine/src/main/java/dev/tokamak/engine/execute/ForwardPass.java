package dev.tokamak.engine.execute;

import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.architecture.DecoderModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A network as a list of operations on the worker team. Confined to the engine thread.
///
/// A layer without experts is five operations, so five barriers: q/k/v, attention, output projection, gate/up, down. Whatever
/// needs complete rows (norms, rotation, quantisation) is done by the worker that completes them when they are few, else by
/// all workers in an operation that follows. The last layer computes only keys and values for tokens that ask for no logits,
/// where its kind allows that.
final class ForwardPass {

    private final BatchPlan plan;
    private final Stage[] stages;
    private final StageRun[] runs;
    private @Nullable StageClock clock;

    ForwardPass(DecoderModel model, WorkerTeam team, Workbench bench, CpuBackendOptions options) {
        this.plan = bench.plan();
        this.stages = new StageList(model, bench, options).stages().toArray(Stage[]::new);
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
}
