package dev.tokamak.kernels.activation;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VectorActivationTest {

    private final Activation scalar = Activation.scalar();
    private final Activation vector = Activation.vector();

    @Test
    void siluGate_whenAnySize_equalsTheReference() {
        Random random = Parity.random("siluGate");
        try (Arena arena = Arena.ofConfined()) {
            Parity.sizes()
                    .forEach(
                            n -> {
                                MemorySegment gate = Parity.extremes(arena, random, n + 3, true);
                                MemorySegment up = Parity.extremes(arena, random, n + 3, true);
                                MemorySegment expected = Parity.copy(arena, gate);
                                MemorySegment actual = Parity.copy(arena, gate);
                                scalar.siluGate(expected, 8, up, 4, expected, 8, n);
                                vector.siluGate(actual, 8, up, 4, actual, 8, n);
                                Parity.assertSameBits(actual, expected, "silu of " + n);
                            });
        }
    }

    @Test
    void add_whenAnySize_equalsTheReference() {
        Random random = Parity.random("add");
        try (Arena arena = Arena.ofConfined()) {
            Parity.sizes()
                    .forEach(
                            n -> {
                                MemorySegment x = Parity.extremes(arena, random, n + 3, true);
                                MemorySegment y = Parity.extremes(arena, random, n + 3, true);
                                MemorySegment expected = Parity.copy(arena, x);
                                MemorySegment actual = Parity.copy(arena, x);
                                scalar.add(expected, 4, y, 12, n);
                                vector.add(actual, 4, y, 12, n);
                                Parity.assertSameBits(actual, expected, "sum of " + n);
                            });
        }
    }

    @Test
    void siluGate_whenComparedWithDoubles_agrees() {
        Random random = Parity.random("silu");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment gate = Parity.floats(arena, random, 1000);
            MemorySegment up = Parity.floats(arena, random, 1000);
            MemorySegment output = arena.allocate(4000, 64);
            scalar.siluGate(gate, 0, up, 0, output, 0, 1000);
            for (int i = 0; i < 1000; i++) {
                double g = gate.getAtIndex(JAVA_FLOAT, i);
                double expected = g / (1 + Math.exp(-g)) * up.getAtIndex(JAVA_FLOAT, i);
                assertThat((double) output.getAtIndex(JAVA_FLOAT, i))
                        .isCloseTo(expected, within(1e-6 * Math.abs(expected) + 1e-30));
            }
        }
    }
}
