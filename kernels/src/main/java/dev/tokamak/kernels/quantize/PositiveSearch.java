package dev.tokamak.kernels.quantize;

import java.util.Arrays;

/// Finds the scale and the integers from 0 to a limit that lose least of a few values that are not negative, such as the
/// scales of a super-block. Immutable.
final class PositiveSearch {

    private PositiveSearch() {}

    /// Tries nine scales, then moves one integer at a time while that helps. Returns the scale.
    static float search(float[] values, int count, int limit, float[] errorWeights, byte[] levels) {
        float high = 0;
        for (int i = 0; i < count; i++) {
            high = Math.max(high, values[i]);
        }
        if (high < Rounding.SMALLEST_MAGNITUDE) {
            Arrays.fill(levels, 0, count, (byte) 0);
            return 0;
        }
        float inverse = bestInverse(values, count, limit, errorWeights, high);
        float products = 0;
        float squares = 0;
        for (int i = 0; i < count; i++) {
            int level = Math.min(limit, Rounding.nearest(inverse * values[i]));
            levels[i] = (byte) level;
            products += errorWeights[i] * values[i] * level;
            squares += errorWeights[i] * level * level;
        }
        for (int round = 0; round < 5; round++) {
            boolean changed = false;
            for (int i = 0; i < count; i++) {
                int old = Byte.toUnsignedInt(levels[i]);
                float otherProducts = products - errorWeights[i] * values[i] * old;
                float otherSquares = squares - errorWeights[i] * old * old;
                if (!(otherProducts > 0 && otherSquares > 0)) {
                    continue;
                }
                int level =
                        Math.min(limit, Rounding.nearest(values[i] * otherSquares / otherProducts));
                if (level == old) {
                    continue;
                }
                otherProducts += errorWeights[i] * values[i] * level;
                otherSquares += errorWeights[i] * level * level;
                if (otherProducts * otherProducts * squares > products * products * otherSquares) {
                    levels[i] = (byte) level;
                    products = otherProducts;
                    squares = otherSquares;
                    changed = true;
                }
            }
            if (!changed) {
                break;
            }
        }
        return squares > 0 ? products / squares : 0;
    }

    private static float bestInverse(
            float[] values, int count, int limit, float[] errorWeights, float high) {
        float best = limit / high;
        float scale = 1 / best;
        float leastError = 0;
        for (int i = 0; i < count; i++) {
            float difference = values[i] - scale * Rounding.nearest(best * values[i]);
            leastError += errorWeights[i] * difference * difference;
        }
        for (int step = -4; step <= 4; step++) {
            if (step == 0) {
                continue;
            }
            float inverse = (0.1f * step + limit) / high;
            scale = 1 / inverse;
            float error = 0;
            for (int i = 0; i < count; i++) {
                int level = Math.min(limit, Rounding.nearest(inverse * values[i]));
                float difference = values[i] - scale * level;
                error += errorWeights[i] * difference * difference;
            }
            if (error < leastError) {
                leastError = error;
                best = inverse;
            }
        }
        return best;
    }
}
