package dev.tokamak.app.wiring;

import dev.tokamak.engine.execute.Backend;
import dev.tokamak.engine.execute.Batch;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.cpu.Tier;
import java.time.Duration;
import java.util.stream.IntStream;

/// Runs batches through a backend that nobody uses yet, so that the first client does not wait: for the JIT, where it has
/// yet to compile kernels, else for nothing but classes and linkage.
final class WarmUp {

    /* The KV pages written here are garbage to everyone else, as any page is that a sequence takes over. */

    private static final int[] COMPILED_BATCHES = {1, 1, 1, 1, 8, 32, 32, 8, 1, 1, 1, 1};
    private static final int[] LINKED_BATCHES = {2, 1};

    private WarmUp() {}

    /// Stops early when the time is up: cold kernels of a large model are slow.
    ///
    /// @param selection the kernels that the backend runs
    static void run(Backend backend, KernelProvider.Selection selection, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        long poolTokens = (long) backend.pageGroups().getFirst().pages() * backend.pageTokens();
        int most = (int) Math.min(backend.maxBatchTokens(), poolTokens);
        for (int wanted : waitForCompiler(selection) ? COMPILED_BATCHES : LINKED_BATCHES) {
            if (System.nanoTime() > end) {
                return;
            }
            int tokens = Math.min(wanted, most);
            Batch batch = new Batch(tokens, 1);
            int pages = (tokens + backend.pageTokens() - 1) / backend.pageTokens();
            batch.addRun(0, IntStream.range(0, pages).toArray());
            for (int i = 0; i < tokens; i++) {
                batch.addToken(i % backend.vocabularySize(), i == tokens - 1);
            }
            backend.execute(batch);
        }
    }

    private static boolean waitForCompiler(KernelProvider.Selection selection) {
        return selection.choices().stream().anyMatch(choice -> choice.tier() == Tier.VECTOR_API);
    }
}
