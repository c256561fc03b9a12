package dev.tokamak.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;

/// What the parity tests of all kernel twins share: sizes, inputs and comparison bit for bit.
public final class Parity {

    private static final float[] EXTREMES = {
        0f,
        -0f,
        1f,
        -1f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        -87.3f,
        -87.4f,
        88.3f,
        88.4f,
        1e-20f,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    private Parity() {}

    /// A seed that is new on each run and printed, or the one in the system property `tokamak.seed`.
    public static Random random(String test) {
        long seed = Long.getLong("tokamak.seed", System.nanoTime());
        System.out.println(test + ": -Dtokamak.seed=" + seed);
        return new Random(seed);
    }

    /// 1 to 70, and around powers of two up to 4,098.
    public static IntStream sizes() {
        IntStream large =
                IntStream.of(128, 256, 576, 1000, 1024, 2048, 4096)
                        .flatMap(n -> IntStream.rangeClosed(n - 2, n + 2));
        return IntStream.concat(IntStream.rangeClosed(1, 70), large);
    }

    /// Random numbers of very different sizes.
    public static MemorySegment floats(Arena arena, Random random, int count) {
        MemorySegment floats = arena.allocate(Math.max(1, count) * 4L, 64);
        for (int i = 0; i < count; i++) {
            double size = Math.scalb(1.0, random.nextInt(12) - 6);
            floats.setAtIndex(JAVA_FLOAT, i, (float) (random.nextGaussian() * size));
        }
        return floats;
    }

    /// As [#floats], every eighth an extreme value; the last three extremes, which are not finite, only if asked for.
    public static MemorySegment extremes(
            Arena arena, Random random, int count, boolean withInfinite) {
        MemorySegment floats = floats(arena, random, count);
        int bound = withInfinite ? EXTREMES.length : EXTREMES.length - 3;
        for (int i = 0; i < count; i++) {
            if (random.nextInt(8) == 0) {
                floats.setAtIndex(JAVA_FLOAT, i, EXTREMES[random.nextInt(bound)]);
            }
        }
        return floats;
    }

    public static MemorySegment copy(Arena arena, MemorySegment of) {
        return arena.allocate(of.byteSize(), 64).copyFrom(of);
    }

    /// Equal bit for bit; NaN compares as a class.
    public static void assertSameBits(MemorySegment actual, MemorySegment expected, String what) {
        assertThat(actual.byteSize()).isEqualTo(expected.byteSize());
        for (long i = 0; i < expected.byteSize() / 4; i++) {
            float a = actual.getAtIndex(JAVA_FLOAT, i);
            float e = expected.getAtIndex(JAVA_FLOAT, i);
            if (Float.floatToIntBits(a) != Float.floatToIntBits(e)) {
                assertThat(Float.toHexString(a))
                        .as("%s: float %d", what, i)
                        .isEqualTo(Float.toHexString(e));
            }
        }
    }
}
