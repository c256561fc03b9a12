package dev.tokamak.kernels.arithmetic;

/// The order in which values are summed across lanes: value i is added to partial sum `i mod 16`, then the 16 partial
/// sums are halved: `s[i] += s[i + 8]` for i below 8, then by 4, 2 and 1. Immutable.
public final class StridedSum {

    /// Number of partial sums.
    public static final int STRIDE = 16;

    private StridedSum() {}

    /// The halving tree over the 16 sums from `offset`; they are overwritten.
    public static float halve(float[] sums, int offset) {
        for (int width = STRIDE / 2; width > 0; width /= 2) {
            for (int i = offset; i < offset + width; i++) {
                sums[i] += sums[i + width];
            }
        }
        return sums[offset];
    }
}
