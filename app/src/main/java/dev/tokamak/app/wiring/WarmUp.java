package dev.tokamak.app.wiring;

import dev.tokamak.engine.execute.Backend;
import dev.tokamak.engine.execute.Batch;
import java.time.Duration;
import java.util.stream.IntStream;

/// Runs a few batches through a backend that nobody uses yet, so that the JIT has compiled the kernels before the first
/// client waits for them.
final class WarmUp {

    /* The KV pages written here are garbage to everyone else, as any page is that a sequence takes over. */

    private static final int[] BATCH_TOKENS = {1, 1, 1, 1, 8, 32, 32, 8, 1, 1, 1, 1};

    private WarmUp() {}

    /// Stops early when the time is up: cold kernels of a large model are slow.
    static void run(Backend backend, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        for (int wanted : BATCH_TOKENS) {
            if (System.nanoTime() > end) {
                return;
            }
            int tokens =
                    Math.min(
                            wanted,
                            Math.min(
                                    backend.maxBatchTokens(),
                                    backend.pages() * backend.pageTokens()));
            Batch batch = new Batch(tokens, 1);
            int pages = (tokens + backend.pageTokens() - 1) / backend.pageTokens();
            batch.addRun(0, IntStream.range(0, pages).toArray());
            for (int i = 0; i < tokens; i++) {
                batch.addToken(i % backend.vocabularySize(), i == tokens - 1);
            }
            backend.execute(batch);
        }
    }
}
