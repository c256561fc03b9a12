package dev.tokamak.server.metric;

import dev.tokamak.engine.FinishReason;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The times of one generation, as its client sees them. Confined to one thread.
public final class GenerationTimes {

    private final ServerMetrics metrics;
    private final ServerMetrics.ModelTimers timers;
    private final long begunNanos = System.nanoTime();
    private final Map<Integer, Long> lastTokenNanos = new HashMap<>();

    GenerationTimes(ServerMetrics metrics, ServerMetrics.ModelTimers timers) {
        this.metrics = metrics;
        this.timers = timers;
    }

    /// Tokens of a choice have come.
    public void tokens(int choice, int count) {
        if (count == 0) {
            return;
        }
        long now = System.nanoTime();
        Long last = lastTokenNanos.put(choice, now);
        if (last != null) {
            long each = (now - last) / count;
            for (int i = 0; i < count; i++) {
                timers.interToken().record(each, TimeUnit.NANOSECONDS);
            }
        } else if (lastTokenNanos.size() == 1) {
            timers.firstToken().record(now - begunNanos, TimeUnit.NANOSECONDS);
        }
    }

    /// A choice has ended.
    public void finished(FinishReason reason) {
        metrics.finished(timers.model(), reason);
    }

    /// All choices have ended.
    public void completed() {
        timers.endToEnd().record(System.nanoTime() - begunNanos, TimeUnit.NANOSECONDS);
    }
}
