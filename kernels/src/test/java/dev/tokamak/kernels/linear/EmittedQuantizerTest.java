package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.EmittedCode;
import dev.tokamak.kernels.GuardedMemory;
import dev.tokamak.kernels.Parity;
import dev.tokamak.kernels.norm.Norm;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmittedQuantizerTest {

    private final List<EmittedQuantizer> twins = EmittedCode.twins(EmittedQuantizer::new);

    @Test
    void quantize_whenAnySize_equalsTheReferenceWithinItsRows() {
        Random random = Parity.random("emitted quantizer");
        IntStream.concat(Parity.sizes(), IntStream.range(71, 130))
                .forEach(columns -> compare(random, columns, 1 + random.nextInt(3), 1f));
        compare(random, 33, 150, 1f);
        compare(random, 3000, 20, 1f);
    }

    @Test
    void quantize_whenValuesAreTinyOrHuge_equalsTheReference() {
        Random random = Parity.random("emitted quantizer of extreme sizes");
        for (int exponent = -130; exponent <= 120; exponent++) {
            compare(random, 64, 2, Math.scalb(1f, exponent));
        }
    }

    private void compare(Random random, int columns, int tokens, float size) {
        for (EmittedQuantizer twin : twins) {
            try (GuardedMemory memory = GuardedMemory.open()) {
                Activations expected = activations(columns, tokens, memory);
                Activations actual = activations(columns, tokens, memory);
                boolean withInfinite = size == 1 && random.nextInt(3) == 0;
                MemorySegment rows = memory.floats(random, columns * tokens, withInfinite);
                scale(rows, size);
                expected.floats().copyFrom(rows);
                actual.floats().copyFrom(rows);
                Linear.scalar().quantize(expected, 0, tokens);
                twin.quantize(actual, 0, tokens);
                requireSame(actual, expected, columns + " quantised");

                MemorySegment weight = memory.floats(random, columns, false);
                Linear.scalar()
                        .rmsQuantized(Norm.scalar(), rows, 0, weight, 1e-5f, expected, 0, tokens);
                twin.rms(rows, 0, weight, 1e-5f, actual, 0, tokens);
                Parity.assertSameBits(actual.floats(), expected.floats(), columns + " normalised");
                requireSame(actual, expected, columns + " normalised and quantised");
            }
        }
    }

    private static Activations activations(int columns, int tokens, GuardedMemory memory) {
        Activations activations = Activations.ofBlockRows(tokens, columns, memory);
        activations.blockRows().memory().fill((byte) 0x55);
        return activations;
    }

    private static void scale(MemorySegment rows, float size) {
        for (long i = 0; i < rows.byteSize() / Float.BYTES; i++) {
            float x = rows.getAtIndex(JAVA_FLOAT, i);
            rows.setAtIndex(JAVA_FLOAT, i, x * size);
        }
    }

    private static void requireSame(Activations actual, Activations expected, String what) {
        for (int token = 0; token < expected.capacity(); token++) {
            assertThat(actual.finite(token)).as(what).isEqualTo(expected.finite(token));
            long bytes = (long) expected.blocks() * BlockRows.RECORD_BYTES;
            long at = expected.blockRows().offsetBytes(token);
            long mismatch =
                    MemorySegment.mismatch(
                            actual.blockRows().memory(),
                            at,
                            at + bytes,
                            expected.blockRows().memory(),
                            at,
                            at + bytes);
            assertThat(mismatch).as("%s: byte of token %d", what, token).isEqualTo(-1);
        }
    }
}
