package dev.tokamak.kernels.quantize;

import java.util.Arrays;

/// Finds the scale, the minimum and the integers from 0 to a limit that lose least of a few weights. Confined to one
/// thread.
final class MinimumSearch {

    private final int limit;
    private final float firstStep;
    private final float stepWidth;
    private final int steps;
    private final boolean absoluteErrors;
    private final byte[] trial = new byte[32];
    private float minimum;

    /// Tries the integers that arise when the range above the best minimum so far is divided by
    /// `limit + firstStep + stepWidth * i`, for i from 0 to `steps`; `absoluteErrors` compares by magnitudes instead of
    /// squares.
    MinimumSearch(int limit, float firstStep, float stepWidth, int steps, boolean absoluteErrors) {
        this.limit = limit;
        this.firstStep = firstStep;
        this.stepWidth = stepWidth;
        this.steps = steps;
        this.absoluteErrors = absoluteErrors;
    }

    /// How far below zero the integer 0 stands after the last search, never negative.
    float minimum() {
        return minimum;
    }

    /// Searches and returns the scale; a weight is then `scale * level - minimum()`.
    float search(float[] values, int count, float[] errorWeights, byte[] levels, int levelOffset) {
        float low = values[0];
        float high = values[0];
        float weightSum = errorWeights[0];
        float valueSum = weightSum * values[0];
        for (int i = 1; i < count; i++) {
            if (values[i] < low) {
                low = values[i];
            }
            if (values[i] > high) {
                high = values[i];
            }
            weightSum += errorWeights[i];
            valueSum += errorWeights[i] * values[i];
        }
        if (low > 0) {
            low = 0;
        }
        if (high <= low) {
            Arrays.fill(levels, levelOffset, levelOffset + count, (byte) 0);
            minimum = -low;
            return 0;
        }
        float inverse = limit / (high - low);
        float scale = 1 / inverse;
        place(values, count, inverse, low);
        System.arraycopy(trial, 0, levels, levelOffset, count);
        float leastError = error(values, count, errorWeights, scale, low);
        for (int step = 0; step <= steps; step++) {
            inverse = (firstStep + stepWidth * step + limit) / (high - low);
            place(values, count, inverse, low);
            float levelSum = 0;
            float squareSum = 0;
            float productSum = 0;
            for (int i = 0; i < count; i++) {
                float weighted = errorWeights[i] * trial[i];
                levelSum += weighted;
                squareSum += weighted * trial[i];
                productSum += weighted * values[i];
            }
            float determinant = weightSum * squareSum - levelSum * levelSum;
            if (!(determinant > 0)) {
                continue;
            }
            float trialScale = (weightSum * productSum - valueSum * levelSum) / determinant;
            float trialLow = (squareSum * valueSum - levelSum * productSum) / determinant;
            if (trialLow > 0) {
                trialLow = 0;
                trialScale = productSum / squareSum;
            }
            float error = error(values, count, errorWeights, trialScale, trialLow);
            if (error < leastError) {
                System.arraycopy(trial, 0, levels, levelOffset, count);
                leastError = error;
                scale = trialScale;
                low = trialLow;
            }
        }
        minimum = -low;
        return scale;
    }

    private void place(float[] values, int count, float inverse, float low) {
        for (int i = 0; i < count; i++) {
            trial[i] = (byte) Rounding.nearest(inverse * (values[i] - low), 0, limit);
        }
    }

    private float error(float[] values, int count, float[] errorWeights, float scale, float low) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            float difference = scale * trial[i] + low - values[i];
            float loss = absoluteErrors ? Math.abs(difference) : difference * difference;
            sum += errorWeights[i] * loss;
        }
        return sum;
    }
}
