package dev.tokamak.engine.execute;

import dev.tokamak.kernels.team.WorkerTeam;

/// A stage between two barriers, whose last pieces ask for what the next stage reads first, since memory would rest while
/// workers wait for each other. Prepared by the engine thread, run by workers.
final class StageRun implements WorkerTeam.Operation {

    private final Stage stage;
    private final Stage next;
    private final WorkerTeam team;
    private int lastPieces;

    private StageRun(Stage stage, Stage next, WorkerTeam team) {
        this.stage = stage;
        this.next = next;
        this.team = team;
    }

    /// The runs of stages that follow one another, again and again.
    static StageRun[] of(Stage[] stages, WorkerTeam team) {
        StageRun[] runs = new StageRun[stages.length];
        for (int index = 0; index < stages.length; index++) {
            int next = (index + 1) % stages.length;
            while (stages[next] instanceof FinishStage) {
                next = (next + 1) % stages.length;
            }
            runs[index] = new StageRun(stages[index], stages[next], team);
        }
        return runs;
    }

    /// Runs the stage on the present batch and returns whether there was anything to do.
    boolean run() {
        int pieces = stage.prepare();
        lastPieces = pieces - team.workers();
        if (pieces > 0) {
            team.run(this, pieces);
        }
        return pieces > 0;
    }

    @Override
    public void run(int piece, int worker) {
        if (piece >= lastPieces) {
            next.fetchAhead(worker);
        }
        stage.run(piece, worker);
    }
}
