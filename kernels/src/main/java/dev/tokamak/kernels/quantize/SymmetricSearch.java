package dev.tokamak.kernels.quantize;

import java.util.Arrays;

/// Finds the scale and the integers that lose least of a few weights, for types whose integers lie around zero: the
/// largest magnitude becomes `-limit`. Integers are returned with `limit` added. Immutable.
final class SymmetricSearch {

    private SymmetricSearch() {}

    /// Tries 19 scales around the largest magnitude over `limit`; `errorWeights` says how much each error counts.
    static float byTrial(
            float[] values,
            int count,
            int limit,
            float[] errorWeights,
            byte[] levels,
            int levelOffset) {
        float peak = peak(values, count);
        if (Math.abs(peak) < Rounding.SMALLEST_MAGNITUDE) {
            clear(levels, levelOffset, count);
            return 0;
        }
        float inverse = -limit / peak;
        float products = 0;
        float squares = 0;
        for (int i = 0; i < count; i++) {
            int level = Rounding.nearest(inverse * values[i], -limit, limit - 1);
            levels[levelOffset + i] = (byte) (level + limit);
            products += errorWeights[i] * values[i] * level;
            squares += errorWeights[i] * level * level;
        }
        float scale = squares != 0 ? products / squares : 0;
        float best = scale * products;
        for (int step = -9; step <= 9; step++) {
            if (step == 0) {
                continue;
            }
            inverse = -(limit + 0.1f * step) / peak;
            products = 0;
            squares = 0;
            for (int i = 0; i < count; i++) {
                int level = Rounding.nearest(inverse * values[i], -limit, limit - 1);
                products += errorWeights[i] * values[i] * level;
                squares += errorWeights[i] * level * level;
            }
            if (squares > 0 && products * products > best * squares) {
                for (int i = 0; i < count; i++) {
                    int level = Rounding.nearest(inverse * values[i], -limit, limit - 1);
                    levels[levelOffset + i] = (byte) (level + limit);
                }
                scale = products / squares;
                best = scale * products;
            }
        }
        return scale;
    }

    /// Starts at the largest magnitude over `limit` and moves one integer at a time while that helps; errors count by
    /// the square of their weight.
    static float byExchange(float[] values, int count, int limit, byte[] levels, int levelOffset) {
        float peak = peak(values, count);
        if (Math.abs(peak) < Rounding.SMALLEST_MAGNITUDE) {
            clear(levels, levelOffset, count);
            return 0;
        }
        float inverse = -limit / peak;
        float products = 0;
        float squares = 0;
        for (int i = 0; i < count; i++) {
            int level = Rounding.nearest(inverse * values[i], -limit, limit - 1);
            levels[levelOffset + i] = (byte) level;
            float weight = values[i] * values[i];
            products += weight * values[i] * level;
            squares += weight * level * level;
        }
        for (int round = 0; round < 5; round++) {
            boolean changed = false;
            for (int i = 0; i < count; i++) {
                int old = levels[levelOffset + i];
                float weight = values[i] * values[i];
                float otherProducts = products - weight * values[i] * old;
                if (!(otherProducts > 0)) {
                    continue;
                }
                float otherSquares = squares - weight * old * old;
                int level =
                        Rounding.nearest(
                                values[i] * otherSquares / otherProducts, -limit, limit - 1);
                if (level == old) {
                    continue;
                }
                otherProducts += weight * values[i] * level;
                otherSquares += weight * level * level;
                if (otherSquares > 0
                        && otherProducts * otherProducts * squares
                                > products * products * otherSquares) {
                    levels[levelOffset + i] = (byte) level;
                    products = otherProducts;
                    squares = otherSquares;
                    changed = true;
                }
            }
            if (!changed) {
                break;
            }
        }
        for (int i = 0; i < count; i++) {
            levels[levelOffset + i] += (byte) limit;
        }
        return squares > 0 ? products / squares : 0;
    }

    /// The value of largest magnitude, the first of several.
    static float peak(float[] values, int count) {
        float peak = 0;
        float magnitude = 0;
        for (int i = 0; i < count; i++) {
            float candidate = Math.abs(values[i]);
            if (candidate > magnitude) {
                magnitude = candidate;
                peak = values[i];
            }
        }
        return peak;
    }

    private static void clear(byte[] levels, int offset, int count) {
        Arrays.fill(levels, offset, offset + count, (byte) 0);
    }
}
