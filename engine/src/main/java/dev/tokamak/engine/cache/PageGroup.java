package dev.tokamak.engine.cache;

/// KV pages that some layers share: those that see all earlier positions, or those of one window. Immutable.
///
/// @param pages number of pages
/// @param window positions that a token sees, its own included; `Integer.MAX_VALUE` for all earlier ones
public record PageGroup(int pages, int window) {

    /// The pages of layers that see all earlier positions.
    public static PageGroup whole(int pages) {
        return new PageGroup(pages, Integer.MAX_VALUE);
    }

    /// The first position that a token at this position or a later one sees.
    public int firstVisible(int position) {
        return Math.max(0, position - (window - 1));
    }

    /// The most pages that sequences hold at once in layers of this window, when each gives back what it has passed.
    ///
    /// @param sequences most sequences that hold pages
    /// @param batchTokens most tokens of a step
    public static long mostHeld(int window, int sequences, int batchTokens, int pageTokens) {
        // Between steps a sequence holds its window, which may begin and end within a page; in a
        // step each token of the batch needs room besides.
        long ofWindow = (window - 1L + pageTokens - 1) / pageTokens + 2;
        return sequences * ofWindow + (batchTokens + pageTokens - 1L) / pageTokens;
    }
}
