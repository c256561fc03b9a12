package dev.tokamak.engine;

/// What has happened since start, counted exactly. Confined to the engine thread.
final class EngineCounters {

    private long cancelled;
    private long failed;
    private long promptTokens;
    private long generatedTokens;

    void cancel() {
        cancelled++;
    }

    void fail() {
        failed++;
    }

    void processPrompt(int tokens) {
        promptTokens += tokens;
    }

    void generate() {
        generatedTokens++;
    }

    /// All but the counts of the admission gate.
    EngineStatus.Totals totals(long preemptions) {
        return new EngineStatus.Totals(
                0, 0, cancelled, failed, preemptions, promptTokens, generatedTokens);
    }
}
