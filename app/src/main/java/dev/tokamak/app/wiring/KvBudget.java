package dev.tokamak.app.wiring;

import dev.tokamak.engine.EngineException;
import dev.tokamak.engine.execute.CpuBackendOptions;
import dev.tokamak.engine.execute.KvGroups;
import dev.tokamak.kernels.attention.KvLayout;

/// How many KV pages an engine gets and how long one sequence may be. Immutable.
///
/// @param pages pages of the pool
/// @param contextTokens most tokens of one sequence
public record KvBudget(int pages, int contextTokens) {

    /// Shortest context that is worth serving.
    private static final int LEAST_CONTEXT_TOKENS = 256;

    /// Divides memory into pages: what the settings ask for, else as much as all concurrent sequences could use but at
    /// most half of the available memory.
    ///
    /// @param keyValues the groups of layers that share KV pages
    /// @param options the sizes of the backend; the number of pages does not count
    /// @param trainedTokens positions that the model was trained for
    /// @param availableBytes memory that this machine can still give
    static KvBudget plan(
            KvGroups keyValues,
            CpuBackendOptions options,
            int trainedTokens,
            EngineSettings settings,
            long availableBytes) {
        int wantedTokens = settings.contextTokens().orElse(trainedTokens);
        long pagesOfOne = KvLayout.pages(wantedTokens);
        // One page more than a sequence needs, so that a fork within its last page always finds
        // room.
        long useful = (pagesOfOne + 1) * settings.maxConcurrent();
        long affordable = settings.kvCacheMemory().map(ByteSize::bytes).orElse(availableBytes / 2);
        int limit = (int) Math.min(useful, Integer.MAX_VALUE / 2);
        int pages = keyValues.pagesWithin(affordable, limit, options);
        int contextTokens = (int) Math.min(wantedTokens, (pages - 1L) * KvLayout.PAGE_TOKENS);
        boolean contextFixed = settings.contextTokens().isPresent();
        if (contextTokens < Math.min(LEAST_CONTEXT_TOKENS, wantedTokens)
                || (contextFixed && contextTokens < wantedTokens)) {
            int least = contextFixed ? wantedTokens : Math.min(LEAST_CONTEXT_TOKENS, wantedTokens);
            int leastPages = Math.toIntExact(KvLayout.pages(least) + 1);
            throw new EngineException(
                    EngineException.Code.NOT_ENOUGH_MEMORY,
                    "a context of %d tokens needs %s of KV cache, and there are %s for it; use a smaller --context or a larger --kv-cache-memory"
                            .formatted(
                                    least,
                                    new ByteSize(keyValues.bytes(options.withPages(leastPages))),
                                    new ByteSize(affordable)));
        }
        return new KvBudget(pages, contextTokens);
    }
}
