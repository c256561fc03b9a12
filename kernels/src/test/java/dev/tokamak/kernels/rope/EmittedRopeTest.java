package dev.tokamak.kernels.rope;

import dev.tokamak.kernels.EmittedCode;
import dev.tokamak.kernels.GuardedMemory;
import dev.tokamak.kernels.Parity;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EmittedRopeTest {

    private final List<Rope> twins = EmittedCode.twins(Rope::emitted);

    @Test
    void rotate_whenAnyShape_equalsTheReferenceWithinTheHeads() {
        Random random = Parity.random("emitted rope");
        for (Pairing pairing : Pairing.values()) {
            for (int rotated = 2; rotated <= 134; rotated += 2) {
                compare(random, pairing, rotated, rotated + random.nextInt(5), random.nextInt(4));
            }
            compare(random, pairing, 256, 256, 9);
        }
    }

    private void compare(Random random, Pairing pairing, int rotated, int headDim, int heads) {
        double[] inverse = random.doubles(rotated / 2).toArray();
        RopeTable table = RopeTable.of(pairing, rotated, inverse, 1.25, 100);
        for (Rope twin : twins) {
            try (GuardedMemory memory = GuardedMemory.open()) {
                int count = heads == 0 ? 0 : (heads - 1) * headDim + rotated;
                MemorySegment actual = memory.floats(random, count, random.nextBoolean());
                MemorySegment expected = memory.copy(actual);
                int position = random.nextInt(100);
                Rope.scalar().rotate(table, position, expected, 0, heads, headDim);
                twin.rotate(table, position, actual, 0, heads, headDim);
                String what = "%s of %d of %d".formatted(pairing, rotated, headDim);
                Parity.assertSameBits(actual, expected, what);
            }
        }
    }
}
