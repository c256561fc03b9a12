package dev.tokamak.engine.execute;

import dev.tokamak.kernels.team.WorkerTeam;

/// One operation of the forward pass, from one barrier to the next. Prepared by the engine thread, run by workers.
interface Stage extends WorkerTeam.Operation {

    /// Cuts the batch of the plan into pieces and returns their number.
    int prepare();
}
