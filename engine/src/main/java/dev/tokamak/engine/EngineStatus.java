package dev.tokamak.engine;

/// A consistent picture of an engine between two steps. Immutable.
///
/// @param running sequences that hold pages
/// @param waiting requests in the queue
/// @param totals since start
public record EngineStatus(int running, int waiting, int pagesUsed, int pagesTotal, Totals totals) {

    /// Counters since start.
    public record Totals(
            long requests,
            long rejected,
            long cancelled,
            long failed,
            long preemptions,
            long promptTokens,
            long generatedTokens) {}

    EngineStatus withQueue(AdmissionGate.Count queue) {
        Totals counted =
                new Totals(
                        queue.admitted(),
                        queue.rejected(),
                        totals.cancelled(),
                        totals.failed(),
                        totals.preemptions(),
                        totals.promptTokens(),
                        totals.generatedTokens());
        return new EngineStatus(running, queue.waiting(), pagesUsed, pagesTotal, counted);
    }
}
