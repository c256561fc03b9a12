package dev.tokamak.kernels.norm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VectorNormTest {

    @Test
    void rms_whenAnySize_equalsTheReference() {
        Random random = Parity.random("rms");
        try (Arena arena = Arena.ofConfined()) {
            Parity.sizes()
                    .forEach(
                            n -> {
                                MemorySegment weight = Parity.floats(arena, random, n);
                                MemorySegment x = Parity.floats(arena, random, n + 2);
                                compare(arena, x, weight, n);
                                compare(
                                        arena,
                                        Parity.extremes(arena, random, n + 2, n % 2 == 0),
                                        weight,
                                        n);
                            });
        }
    }

    private static void compare(Arena arena, MemorySegment x, MemorySegment weight, int n) {
        MemorySegment expected = Parity.copy(arena, x);
        MemorySegment actual = Parity.copy(arena, x);
        Norm.scalar().rms(x, 4, weight, 1e-5f, expected, 8, n);
        Norm.vector().rms(x, 4, weight, 1e-5f, actual, 8, n);
        Parity.assertSameBits(actual, expected, "rms of " + n);
        Norm.scalar().rms(expected, 0, weight, 1e-6f, expected, 0, n);
        Norm.vector().rms(actual, 0, weight, 1e-6f, actual, 0, n);
        Parity.assertSameBits(actual, expected, "rms in place of " + n);
    }

    @Test
    void rms_whenComparedWithDoubles_agrees() {
        Random random = Parity.random("rms in double");
        try (Arena arena = Arena.ofConfined()) {
            int n = 577;
            MemorySegment x = Parity.floats(arena, random, n);
            MemorySegment weight = Parity.floats(arena, random, n);
            MemorySegment output = arena.allocate(n * 4L, 64);
            Norm.scalar().rms(x, 0, weight, 1e-5f, output, 0, n);
            double squares = 0;
            for (int i = 0; i < n; i++) {
                squares += Math.pow(x.getAtIndex(JAVA_FLOAT, i), 2);
            }
            double root = Math.sqrt(squares / n + 1e-5);
            for (int i = 0; i < n; i++) {
                double expected =
                        x.getAtIndex(JAVA_FLOAT, i) / root * weight.getAtIndex(JAVA_FLOAT, i);
                assertThat((double) output.getAtIndex(JAVA_FLOAT, i))
                        .isCloseTo(expected, within(1e-6 * Math.abs(expected) + 1e-30));
            }
        }
    }

    @Test
    void layer_whenAnySize_equalsTheReference() {
        Random random = Parity.random("layer");
        try (Arena arena = Arena.ofConfined()) {
            Parity.sizes()
                    .forEach(
                            n -> {
                                MemorySegment weight = Parity.floats(arena, random, n);
                                MemorySegment bias = Parity.floats(arena, random, n);
                                LayerWeights weights =
                                        n % 2 == 0
                                                ? new LayerWeights(weight, 1e-5f)
                                                : new LayerWeights(weight, bias, 1e-5f);
                                compareLayer(
                                        arena,
                                        Parity.extremes(arena, random, 3 * n + 2, n % 4 == 0),
                                        weights,
                                        n);
                            });
        }
    }

    private static void compareLayer(Arena arena, MemorySegment x, LayerWeights weights, int n) {
        MemorySegment expected = Parity.copy(arena, x);
        MemorySegment actual = Parity.copy(arena, x);
        Norm.scalar().layer(x, 4, weights, expected, 8, n, 3);
        Norm.vector().layer(x, 4, weights, actual, 8, n, 3);
        Parity.assertSameBits(actual, expected, "layer of " + n);
        Norm.scalar().layer(expected, 0, weights, expected, 0, n, 2);
        Norm.vector().layer(actual, 0, weights, actual, 0, n, 2);
        Parity.assertSameBits(actual, expected, "layer in place of " + n);
    }

    @Test
    void layer_whenComparedWithDoubles_agrees() {
        Random random = Parity.random("layer in double");
        try (Arena arena = Arena.ofConfined()) {
            int n = 577;
            MemorySegment x = Parity.floats(arena, random, n);
            MemorySegment weight = Parity.floats(arena, random, n);
            MemorySegment bias = Parity.floats(arena, random, n);
            MemorySegment output = arena.allocate(n * 4L, 64);
            Norm.scalar().layer(x, 0, new LayerWeights(weight, bias, 1e-5f), output, 0, n, 1);
            double mean = 0;
            for (int i = 0; i < n; i++) {
                mean += x.getAtIndex(JAVA_FLOAT, i) / (double) n;
            }
            double variance = 0;
            for (int i = 0; i < n; i++) {
                variance += Math.pow(x.getAtIndex(JAVA_FLOAT, i) - mean, 2) / n;
            }
            for (int i = 0; i < n; i++) {
                double normed = (x.getAtIndex(JAVA_FLOAT, i) - mean) / Math.sqrt(variance + 1e-5);
                double weighted = normed * weight.getAtIndex(JAVA_FLOAT, i);
                double expected = weighted + bias.getAtIndex(JAVA_FLOAT, i);
                assertThat((double) output.getAtIndex(JAVA_FLOAT, i))
                        .isCloseTo(
                                expected,
                                within(1e-6 * (1 + Math.abs(weighted) + Math.abs(expected))));
            }
        }
    }
}
