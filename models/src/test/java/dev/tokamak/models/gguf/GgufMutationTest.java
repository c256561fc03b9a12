package dev.tokamak.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.TinyGguf;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Whatever happens to the bytes of a file, reading it gives a value or a [ModelException].
final class GgufMutationTest {

    private static final int MUTATIONS = 2_000;
    private static final long[] INTERESTING = {
        0, 1, -1, 31, 32, 255, 1 << 16, Integer.MAX_VALUE, 1L << 32, 1L << 62, Long.MAX_VALUE
    };

    @Test
    void read_ofMutatedHeader_givesValueOrModelException() {
        long seed = System.nanoTime();
        System.out.println("GgufMutationTest seed " + seed);
        RandomGenerator random = new SplittableRandom(seed);
        byte[] original = new TinyGguf().layers(1).build().toBytes();
        int headerBytes = headerBytes(original);
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = mutate(original, headerBytes, random);
            try {
                readEverything(mutated);
            } catch (ModelException e) {
                assertThat(e.code())
                        .isIn(ModelException.Code.CORRUPT_FILE, ModelException.Code.UNSUPPORTED);
                refused++;
            }
        }
        assertThat(refused).isBetween(MUTATIONS / 10, MUTATIONS - 1);
    }

    private static void readEverything(byte[] bytes) {
        GgufHeader header =
                GgufHeader.read(MemorySegment.ofArray(bytes), new GgufFaults(Path.of("mutated")));
        for (String key : header.metadata().keys()) {
            assertThat(header.metadata().value(key)).isPresent();
        }
        for (GgufTensor tensor : header.tensors()) {
            assertThat(tensor.endBytes()).isBetween(tensor.offsetBytes(), (long) bytes.length);
        }
    }

    private static int headerBytes(byte[] original) {
        return (int)
                GgufHeader.read(
                                MemorySegment.ofArray(original),
                                new GgufFaults(Path.of("original")))
                        .tensors()
                        .getFirst()
                        .offsetBytes();
    }

    private static byte[] mutate(byte[] original, int headerBytes, RandomGenerator random) {
        byte[] bytes = original.clone();
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int changes = random.nextInt(1, 5);
        for (int i = 0; i < changes; i++) {
            int offset = random.nextInt(headerBytes - Long.BYTES);
            long interesting = INTERESTING[random.nextInt(INTERESTING.length)];
            switch (random.nextInt(4)) {
                case 0 -> buffer.put(offset, (byte) random.nextInt());
                case 1 -> buffer.put(offset, (byte) (bytes[offset] ^ 1 << random.nextInt(8)));
                case 2 -> buffer.putInt(offset, (int) interesting);
                default -> buffer.putLong(offset, interesting);
            }
        }
        boolean truncated = random.nextInt(8) == 0;
        return truncated ? Arrays.copyOf(bytes, random.nextInt(1, bytes.length)) : bytes;
    }
}
