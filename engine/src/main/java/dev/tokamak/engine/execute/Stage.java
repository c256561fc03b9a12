package dev.tokamak.engine.execute;

/// One operation of the forward pass, from one barrier to the next. Prepared by the engine thread, run by workers.
interface Stage {

    /// What profiles call it; layers have stages of the same names.
    String name();

    /// Cuts the batch of the plan into pieces and returns their number.
    int prepare();

    /// Runs one piece; no two run at once with the same worker.
    void run(int piece, int worker);

    /// Asks memory for what this worker will probably read first, while another stage runs; before this stage is prepared
    /// for the present batch.
    default void fetchAhead(int worker) {}

    /// Bytes of weights, or keys and values, that the present batch makes it read at least.
    long bytes();

    /// Multiply-adds of its products on the present batch.
    long multiplyAdds();
}
