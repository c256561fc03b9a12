package dev.tokamak.engine.execute;

import dev.tokamak.kernels.team.WorkerTeam;

/// One operation of the forward pass, from one barrier to the next. Prepared by the engine thread, run by workers.
interface Stage extends WorkerTeam.Operation {

    /// What profiles call it; layers have stages of the same names.
    String name();

    /// Cuts the batch of the plan into pieces and returns their number.
    int prepare();

    /// Bytes of weights, or keys and values, that the present batch makes it read at least.
    long bytes();

    /// Multiply-adds of its products on the present batch.
    long multiplyAdds();
}
