package dev.tokamak.engine.execute;

import dev.tokamak.models.architecture.DecoderModel;

/// The sizes of a CPU backend, fixed when it is created. Immutable.
///
/// @param pages KV pages in the pool
/// @param maxBatchTokens most tokens of one batch
/// @param maxLogitRows most rows of logits of one batch
public record CpuBackendOptions(int pages, int maxBatchTokens, int maxLogitRows) {

    public CpuBackendOptions {
        requirePositive("pages", pages);
        requirePositive("maxBatchTokens", maxBatchTokens);
        requirePositive("maxLogitRows", maxLogitRows);
        if (maxLogitRows > maxBatchTokens) {
            throw new IllegalArgumentException(
                    "maxLogitRows must not exceed the %d tokens of a batch, found %d"
                            .formatted(maxBatchTokens, maxLogitRows));
        }
    }

    /// How many KV pages of this model fit into this many bytes.
    public static int pagesWithin(DecoderModel model, long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, bytes / pageBytes(model));
    }

    /// Bytes of one KV page of this model, over all layers and heads.
    public static long pageBytes(DecoderModel model) {
        return KvLayouts.of(model).pageBytes();
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, found " + value);
        }
    }
}
