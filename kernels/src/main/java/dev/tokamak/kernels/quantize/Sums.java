package dev.tokamak.kernels.quantize;

/// Sums in ascending order, on which the bytes of a file depend. Immutable.
final class Sums {

    private Sums() {}

    static float of(float[] values, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[i];
        }
        return sum;
    }
}
