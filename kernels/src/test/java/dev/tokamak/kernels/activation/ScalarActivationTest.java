package dev.tokamak.kernels.activation;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScalarActivationTest {

    private static final int COUNT = 4001;

    private final Activation scalar = Activation.scalar();

    /// Numbers from -20 to 20.
    private static MemorySegment range(Arena arena) {
        MemorySegment x = arena.allocate(COUNT * 4L, 64);
        for (int i = 0; i < COUNT; i++) {
            x.setAtIndex(JAVA_FLOAT, i, (i - COUNT / 2) / 100f);
        }
        return x;
    }

    private static DoubleUnaryOperator exact(ElementFunction function) {
        return switch (function) {
            case SILU -> x -> x / (1 + Math.exp(-x));
            case GELU_TANH ->
                    x ->
                            x
                                    / 2
                                    * (1
                                            + Math.tanh(
                                                    Math.sqrt(2 / Math.PI)
                                                            * (x + 0.044715 * x * x * x)));
            case GELU_ERF -> x -> x * normalBelow(x);
            case QUICK_GELU -> x -> x / (1 + Math.exp(-1.702 * x));
            case RELU -> x -> Math.max(0, x);
            case RELU_SQUARED -> x -> Math.pow(Math.max(0, x), 2);
            case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
            case TANH -> Math::tanh;
        };
    }

    /// The normal distribution function, by its series around 0 or its continued fraction far from it.
    private static double normalBelow(double x) {
        double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        if (Math.abs(x) < 3) {
            double term = x;
            double sum = x;
            for (int n = 3; n < 101; n += 2) {
                term *= x * x / n;
                sum += term;
            }
            return 0.5 + sum * density;
        }
        double fraction = 0;
        for (int k = 200; k > 0; k--) {
            fraction = k / (Math.abs(x) + fraction);
        }
        double tail = density / (Math.abs(x) + fraction);
        return x < 0 ? tail : 1 - tail;
    }

    @ParameterizedTest
    @EnumSource(ElementFunction.class)
    void apply_whenComparedWithDoubles_agrees(ElementFunction function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment x = range(arena);
            MemorySegment y = Parity.copy(arena, x);
            scalar.apply(function, y, 0, COUNT);
            for (int i = 0; i < COUNT; i++) {
                double input = x.getAtIndex(JAVA_FLOAT, i);
                double expected = exact(function).applyAsDouble(input);
                assertThat((double) y.getAtIndex(JAVA_FLOAT, i))
                        .as("%s of %s", function, input)
                        .isCloseTo(expected, within(1.3e-7 * Math.max(1, Math.abs(expected))));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ElementFunction.class)
    void apply_whenNumbersAreExtreme_isFiniteUnlessTheResultIsNot(ElementFunction function) {
        float[] extremes = {
            Float.MAX_VALUE, -Float.MAX_VALUE, 1e10f, -1e10f, 88.4f, -88.4f, Float.MIN_VALUE, -0f
        };
        try (Arena arena = Arena.ofConfined()) {
            for (float extreme : extremes) {
                MemorySegment x = arena.allocate(4, 4);
                x.set(JAVA_FLOAT, 0, extreme);
                scalar.apply(function, x, 0, 1);
                double expected = exact(function).applyAsDouble(extreme);
                float actual = x.get(JAVA_FLOAT, 0);
                assertThat(actual).as("%s of %s", function, extreme).isNotNaN();
                if (Math.abs(expected) < Float.MAX_VALUE) {
                    assertThat((double) actual)
                            .as("%s of %s", function, extreme)
                            .isCloseTo(expected, within(1e-6 * Math.abs(expected) + 1e-20));
                }
                x.set(JAVA_FLOAT, 0, Float.NaN);
                scalar.apply(function, x, 0, 1);
                assertThat(x.get(JAVA_FLOAT, 0)).isNaN();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(GateFunction.class)
    void gate_whenComparedWithDoubles_agrees(GateFunction function) {
        Random random = Parity.random("gate");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment gate = range(arena);
            MemorySegment up = Parity.floats(arena, random, COUNT);
            MemorySegment output = arena.allocate(COUNT * 4L, 64);
            scalar.gate(function, gate, 0, up, 0, output, 0, COUNT);
            for (int i = 0; i < COUNT; i++) {
                double g = gate.getAtIndex(JAVA_FLOAT, i);
                double u = up.getAtIndex(JAVA_FLOAT, i);
                double expected =
                        function == GateFunction.OAI_SWIGLU
                                ? exact(ElementFunction.QUICK_GELU).applyAsDouble(Math.min(g, 7))
                                        * (Math.clamp(u, -7, 7) + 1)
                                : exact(function.curve()).applyAsDouble(g) * u;
                double scale = Math.max(1, Math.abs(g)) * Math.max(1, Math.abs(u));
                assertThat((double) output.getAtIndex(JAVA_FLOAT, i))
                        .as("%s of %s and %s", function, g, u)
                        .isCloseTo(expected, within(3e-7 * Math.max(scale, Math.abs(expected))));
            }
        }
    }

    @Test
    void softcap_whenNumbersGrow_staysWithinTheCap() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment x = range(arena);
            MemorySegment capped = Parity.copy(arena, x);
            scalar.softcap(capped, 0, 5f, COUNT);
            for (int i = 0; i < COUNT; i++) {
                double expected = 5 * Math.tanh(x.getAtIndex(JAVA_FLOAT, i) / 5.0);
                assertThat((double) capped.getAtIndex(JAVA_FLOAT, i))
                        .isCloseTo(expected, within(1e-6));
            }
            x.set(JAVA_FLOAT, 0, Float.NEGATIVE_INFINITY);
            scalar.softcap(x, 0, 5f, 1);
            assertThat(x.get(JAVA_FLOAT, 0)).isEqualTo(-5f);
        }
    }

    @Test
    void addScaled_whenGivenRows_addsTheProductWithOneRounding() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocateFrom(JAVA_FLOAT, 1f, -0x1.000002p0f);
            MemorySegment addend = arena.allocateFrom(JAVA_FLOAT, 2f, 0x1.000002p0f);
            scalar.addScaled(target, 0, addend, 0, 3f, 1);
            scalar.addScaled(target, 4, addend, 4, 0x1.000002p0f, 1);
            assertThat(target.getAtIndex(JAVA_FLOAT, 0)).isEqualTo(7f);
            assertThat(target.getAtIndex(JAVA_FLOAT, 1))
                    .isEqualTo(Math.fma(0x1.000002p0f, 0x1.000002p0f, -0x1.000002p0f));
        }
    }
}
