package dev.tokamak.kernels.activation;

import dev.tokamak.kernels.EmittedCode;
import dev.tokamak.kernels.GuardedMemory;
import dev.tokamak.kernels.Parity;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmittedActivationTest {

    private final List<Activation> twins = EmittedCode.twins(Activation::emitted);
    private final Random random = Parity.random("emitted activation");

    private static IntStream sizes() {
        return IntStream.concat(Parity.sizes(), IntStream.of(0, 40_001));
    }

    @Test
    void gate_whenAnySize_equalsTheReferenceWithinItsRows() {
        GateFunction[] functions = GateFunction.values();
        sizes().forEach(count -> compareGate(functions[count % functions.length], count));
        for (GateFunction function : functions) {
            compareGate(function, 3001);
        }
    }

    private void compareGate(GateFunction function, int count) {
        for (Activation twin : twins) {
            try (GuardedMemory memory = GuardedMemory.open()) {
                MemorySegment gate = memory.floats(random, count, true);
                MemorySegment up = memory.floats(random, count, random.nextBoolean());
                MemorySegment expected = memory.allocate(count * 4L, 4);
                MemorySegment actual = memory.allocate(count * 4L, 4);
                Activation.scalar().gate(function, gate, 0, up, 0, expected, 0, count);
                twin.gate(function, gate, 0, up, 0, actual, 0, count);
                Parity.assertSameBits(actual, expected, function + " gate of " + count);
                Activation.scalar().gate(function, up, 0, gate, 0, expected, 0, count);
                twin.gate(function, up, 0, gate, 0, up, 0, count);
                Parity.assertSameBits(up, expected, function + " gate in place of " + count);
            }
        }
    }

    @Test
    void apply_whenAnySize_equalsTheReferenceWithinItsRow() {
        ElementFunction[] functions = ElementFunction.values();
        sizes().forEach(
                        count -> {
                            ElementFunction function = functions[count % functions.length];
                            compare(function, count);
                        });
        for (ElementFunction function : functions) {
            compare(function, 3001);
        }
    }

    private void compare(ElementFunction function, int count) {
        compareInPlace(
                function.name(), count, on -> on.activation.apply(function, on.row, 0, count));
    }

    @Test
    void sumsAndFactors_whenAnySize_equalTheReferenceWithinTheirRows() {
        sizes().forEach(
                        count -> {
                            compareInPlace(
                                    "add",
                                    count,
                                    on -> on.activation.add(on.row, 0, on.other, 0, count));
                            compareInPlace(
                                    "addScaled",
                                    count,
                                    on ->
                                            on.activation.addScaled(
                                                    on.row, 0, on.other, 0, -0.7f, count));
                            compareInPlace(
                                    "scale",
                                    count,
                                    on -> on.activation.scale(on.row, 0, 12.5f, count));
                            compareInPlace(
                                    "softcap",
                                    count,
                                    on -> on.activation.softcap(on.row, 0, 30f, count));
                        });
    }

    private void compareInPlace(String what, int count, Consumer<Rows> operation) {
        for (Activation twin : twins) {
            try (GuardedMemory memory = GuardedMemory.open()) {
                MemorySegment actual = memory.floats(random, count, true);
                MemorySegment expected = memory.copy(actual);
                MemorySegment other = memory.floats(random, count, true);
                operation.accept(new Rows(Activation.scalar(), expected, other));
                operation.accept(new Rows(twin, actual, other));
                Parity.assertSameBits(actual, expected, what + " of " + count);
            }
        }
    }

    /// An implementation and the rows that it is given.
    private record Rows(Activation activation, MemorySegment row, MemorySegment other) {}
}
