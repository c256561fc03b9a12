package dev.tokamak.kernels.activation;

import dev.tokamak.kernels.EmittedCode;
import dev.tokamak.kernels.GuardedMemory;
import dev.tokamak.kernels.Parity;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmittedActivationTest {

    private final List<Activation> twins = EmittedCode.twins(Activation::emitted);

    @Test
    void operations_whenAnySize_equalTheReferenceWithinTheirRows() {
        Random random = Parity.random("emitted activation");
        IntStream.concat(Parity.sizes(), IntStream.of(0, 40_001))
                .forEach(count -> compare(random, count));
    }

    private void compare(Random random, int count) {
        for (Activation twin : twins) {
            try (GuardedMemory memory = GuardedMemory.open()) {
                MemorySegment gate = memory.floats(random, count, true);
                MemorySegment up = memory.floats(random, count, random.nextBoolean());
                MemorySegment expected = memory.allocate(count * 4L, 4);
                MemorySegment actual = memory.allocate(count * 4L, 4);
                Activation.scalar().siluGate(gate, 0, up, 0, expected, 0, count);
                twin.siluGate(gate, 0, up, 0, actual, 0, count);
                Parity.assertSameBits(actual, expected, "siluGate of " + count);
                Activation.scalar().add(expected, 0, gate, 0, count);
                twin.add(actual, 0, gate, 0, count);
                Parity.assertSameBits(actual, expected, "add of " + count);
                Activation.scalar().siluGate(up, 0, gate, 0, expected, 0, count);
                twin.siluGate(up, 0, gate, 0, up, 0, count);
                Parity.assertSameBits(up, expected, "siluGate in place of " + count);
            }
        }
    }
}
