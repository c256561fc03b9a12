package dev.tokamak.kernels.activation;

import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VectorActivationTest {

    private final Activation scalar = Activation.scalar();
    private final Activation vector = Activation.vector();
    private final Random random = Parity.random("vector activation");

    @Test
    void gate_whenAnySize_equalsTheReference() {
        try (Arena arena = Arena.ofConfined()) {
            GateFunction[] functions = GateFunction.values();
            Parity.sizes().forEach(n -> compareGate(arena, functions[n % functions.length], n));
            for (GateFunction function : functions) {
                compareGate(arena, function, 3001);
            }
        }
    }

    private void compareGate(Arena arena, GateFunction function, int n) {
        MemorySegment gate = Parity.extremes(arena, random, n + 3, true);
        MemorySegment up = Parity.extremes(arena, random, n + 3, true);
        MemorySegment expected = Parity.copy(arena, gate);
        MemorySegment actual = Parity.copy(arena, gate);
        scalar.gate(function, expected, 8, up, 4, expected, 8, n);
        vector.gate(function, actual, 8, up, 4, actual, 8, n);
        Parity.assertSameBits(actual, expected, function + " gate of " + n);
    }

    @Test
    void apply_whenAnySize_equalsTheReference() {
        try (Arena arena = Arena.ofConfined()) {
            ElementFunction[] functions = ElementFunction.values();
            Parity.sizes().forEach(n -> compareFunction(arena, functions[n % functions.length], n));
            for (ElementFunction function : functions) {
                compareFunction(arena, function, 3001);
            }
        }
    }

    private void compareFunction(Arena arena, ElementFunction function, int n) {
        MemorySegment expected = Parity.extremes(arena, random, n + 3, true);
        MemorySegment actual = Parity.copy(arena, expected);
        scalar.apply(function, expected, 4, n);
        vector.apply(function, actual, 4, n);
        Parity.assertSameBits(actual, expected, function + " of " + n);
    }

    @Test
    void sumsAndFactors_whenAnySize_equalTheReference() {
        try (Arena arena = Arena.ofConfined()) {
            Parity.sizes()
                    .forEach(
                            n -> {
                                MemorySegment expected =
                                        Parity.extremes(arena, random, n + 3, true);
                                MemorySegment actual = Parity.copy(arena, expected);
                                MemorySegment y = Parity.extremes(arena, random, n + 3, true);
                                change(scalar, expected, y, n);
                                change(vector, actual, y, n);
                                Parity.assertSameBits(actual, expected, "sums of " + n);
                            });
        }
    }

    private static void change(Activation activation, MemorySegment x, MemorySegment y, int n) {
        activation.add(x, 4, y, 12, n);
        activation.softcap(x, 4, 50f, n);
        activation.addScaled(x, 4, y, 0, 0.3f, n);
        activation.scale(x, 4, -1.7f, n);
    }
}
