package dev.tokamak.models.architecture;

/// How queries grow with their position, so that attention stays sharp among many keys:
/// `1 + scale * log(1 + floor((position + offset) / length))`. Meta's Llama 4 of 2025 introduced it. Immutable.
///
/// @param length positions that make a step
/// @param offset 0, or 1 for positions counted from 1
public record Temperature(double scale, int length, int offset) {

    /// The factor of the query at this position.
    public float at(int position) {
        int steps = (position + offset) / length;
        return steps == 0 ? 1 : (float) (1 + scale * StrictMath.log(1.0 + steps));
    }
}
