package dev.tokamak.engine.execute;

import dev.tokamak.kernels.team.WorkerTeam;
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

    ForwardPass(List<Stage> stages, WorkerTeam team, BatchPlan plan) {
        this.plan = plan;
        this.stages = stages.toArray(Stage[]::new);
        this.runs = StageRun.of(this.stages, team);
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
