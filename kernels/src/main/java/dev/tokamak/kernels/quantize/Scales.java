package dev.tokamak.kernels.quantize;

/// What the writers of super-blocks with minimums do alike to their scales. Immutable.
final class Scales {

    private Scales() {}

    /// Turns values that are not negative into integers up to a limit, which the largest becomes, and returns the factor
    /// between.
    static float quantize(float[] values, int count, int limit, byte[] levels) {
        float high = 0;
        for (int i = 0; i < count; i++) {
            high = values[i] > high ? values[i] : high;
        }
        float inverse = high > 0 ? limit / high : 0;
        for (int i = 0; i < count; i++) {
            int level = Rounding.nearest(inverse * values[i]) & 0xFF;
            levels[i] = (byte) Math.min(limit, level);
        }
        return high / limit;
    }

    /// Turns weights into integers for the scale and minimum that readers will see.
    static void place(
            SourceBlock source,
            int first,
            int count,
            float scale,
            float minimum,
            int limit,
            byte[] levels) {
        for (int i = first; i < first + count; i++) {
            levels[i] = (byte) Rounding.nearest((source.value(i) + minimum) / scale, 0, limit);
        }
    }
}
