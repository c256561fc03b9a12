package dev.tokamak.engine.sample;

/// How tokens of one sequence are drawn, in the form that the sampler reads without boxing. Immutable.
///
/// @param temperature 0 is greedy
/// @param topK 0 is off
/// @param topP 1 is off
/// @param minP 0 is off
public record SamplingRule(
        float temperature,
        int topK,
        float topP,
        float minP,
        Penalties penalties,
        long seed,
        TokenBias bias) {

    /// Below this, dividing by the temperature would overflow, and the draw is greedy anyway.
    static final float GREEDY_BELOW = 1e-5f;

    /// @param repetition 1 is off
    /// @param presence 0 is off
    /// @param frequency 0 is off
    public record Penalties(float repetition, float presence, float frequency) {

        public boolean apply() {
            return repetition != 1 || presence != 0 || frequency != 0;
        }
    }

    boolean greedy() {
        return temperature < GREEDY_BELOW;
    }

    boolean adjusts() {
        return penalties.apply() || bias.size() > 0;
    }
}
