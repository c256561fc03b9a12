package dev.tokamak.models.architecture;

import dev.tokamak.kernels.attention.ScoreRule;
import dev.tokamak.kernels.attention.Visibility;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// How the scores of an attention block are made, without sinks. Immutable.
///
/// @param scale factor of the scores
/// @param softcap the bound of scores, kept by a hyperbolic tangent; 0 for none
/// @param bidirectional whether later positions are seen too, and the window reaches to both sides
/// @param window positions seen, the token's own included; `Integer.MAX_VALUE` when all earlier ones
/// @param chunked whether the window starts at a multiple of its length
/// @param temperature how queries grow with their position
record AttentionRule(
        float scale,
        float softcap,
        int window,
        boolean bidirectional,
        boolean chunked,
        Optional<Temperature> temperature) {

    AttentionRule(float scale) {
        this(scale, 0, Integer.MAX_VALUE, false, false, Optional.empty());
    }

    /// The rule as kernels know it.
    ///
    /// @param sinks of size 0 for none
    ScoreRule scoreRule(MemorySegment sinks) {
        return new ScoreRule(scale, softcap, visibility(), sinks);
    }

    private Visibility visibility() {
        boolean all = window == Integer.MAX_VALUE;
        if (bidirectional) {
            return all ? Visibility.everything() : Visibility.within(window / 2);
        }
        if (all) {
            return Visibility.causal();
        }
        return chunked ? Visibility.chunk(window) : Visibility.window(window);
    }
}
