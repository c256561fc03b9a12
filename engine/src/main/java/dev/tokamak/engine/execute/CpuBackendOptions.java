package dev.tokamak.engine.execute;

/// The sizes of a CPU backend, fixed when it is created. Immutable.
///
/// @param pages KV pages of the layers that see all earlier positions; layers of windows have at most as many
/// @param maxSequences most sequences that hold pages at once, each of which gives back what is behind its windows
/// @param maxBatchTokens most tokens of one batch
/// @param maxLogitRows most rows of logits of one batch
public record CpuBackendOptions(int pages, int maxSequences, int maxBatchTokens, int maxLogitRows) {

    public CpuBackendOptions {
        requirePositive("pages", pages);
        requirePositive("maxSequences", maxSequences);
        requirePositive("maxBatchTokens", maxBatchTokens);
        requirePositive("maxLogitRows", maxLogitRows);
        if (maxLogitRows > maxBatchTokens) {
            throw new IllegalArgumentException(
                    "maxLogitRows must not exceed the %d tokens of a batch, found %d"
                            .formatted(maxBatchTokens, maxLogitRows));
        }
    }

    /// Sizes for sequences that keep what is behind their windows: every layer has as many pages.
    public CpuBackendOptions(int pages, int maxBatchTokens, int maxLogitRows) {
        this(pages, Integer.MAX_VALUE, maxBatchTokens, maxLogitRows);
    }

    /// The same with another number of pages.
    public CpuBackendOptions withPages(int changed) {
        return new CpuBackendOptions(changed, maxSequences, maxBatchTokens, maxLogitRows);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, found " + value);
        }
    }
}
