package dev.tokamak.kernels.linear;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.format.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VectorLinearTest {

    private static final Linear SCALAR = Linear.scalar();
    private static final Linear VECTOR = Linear.vector();

    /// Token counts on both sides of every limit of a path: single tokens, tiles of 4 and 8, batches of 64.
    private static final int[] TOKENS = {
        1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 31, 63, 64, 65, 70
    };

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void multiply_ofRandomShapesAndCuts_equalsScalar(TensorType type) {
        long seed = System.nanoTime();
        System.out.println("VectorLinearTest " + type + " seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int tokens : TOKENS) {
            if (type.codebook().isPresent() && tokens > 16 && random.nextBoolean()) {
                continue; // their kernels differ from others' in what comes before these limits
            }
            int mostColumns = random.nextInt(8) == 0 ? 4096 : 1280;
            requireEqual(type, randomNumerics(random), tokens, mostColumns, random, seed);
        }
    }

    private static Numerics randomNumerics(SplittableRandom random) {
        return random.nextInt(6) == 0 ? Numerics.FLOAT32 : Numerics.EXACT;
    }

    private static void requireEqual(
            TensorType type,
            Numerics numerics,
            int tokens,
            int mostColumns,
            SplittableRandom random,
            long seed) {
        int rows = random.nextInt(1, tokens < 4 ? 100 : 40);
        int columns = randomColumns(type, mostColumns, random);
        try (Arena arena = Arena.ofConfined()) {
            LinearCase product =
                    new LinearCase(type, numerics, rows, columns, tokens, random, arena);
            product.roughen(random);
            String what = "seed " + seed + ": " + product + " " + numerics;
            int[] expected = LinearCase.bits(product.multiply(SCALAR));
            int[] actual = LinearCase.bits(product.multiply(VECTOR));
            assertThat(actual).as(what).isEqualTo(expected);
            int pieceTokens = random.nextInt(1, tokens + 1);
            int pieceGroups = random.nextInt(1, product.weights.groups() + 1);
            assertThat(LinearCase.bits(product.multiply(VECTOR, pieceTokens, pieceGroups)))
                    .as("%s in pieces of %d tokens, %d groups", what, pieceTokens, pieceGroups)
                    .isEqualTo(expected);
        }
    }

    private static int randomColumns(TensorType type, int most, SplittableRandom random) {
        return type.blockElements() * random.nextInt(1, most / type.blockElements() + 1);
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void multiply_ofExtremeBits_equalsScalar(TensorType type) {
        int[] fills = {0x00, 0x7f, 0x80, 0xff, 0x55};
        for (int fill : fills) {
            try (Arena arena = Arena.ofConfined()) {
                LinearCase product = LinearCase.extreme(type, fill, arena);
                assertThat(LinearCase.bits(product.multiply(VECTOR)))
                        .as("%s filled with %x", product, fill)
                        .isEqualTo(LinearCase.bits(product.multiply(SCALAR)));
            }
        }
    }

    @Test
    void multiply_ofEveryHalf_widensItExactly() {
        for (TensorType type : new TensorType[] {TensorType.F16, TensorType.BF16}) {
            try (Arena arena = Arena.ofConfined()) {
                LinearCase product = LinearCase.everyHalf(type, arena);
                assertThat(LinearCase.bits(product.multiply(VECTOR)))
                        .isEqualTo(LinearCase.bits(product.multiply(SCALAR)));
            }
        }
    }

    /// Runs the other tests in a JVM whose vectors are narrower, since a JVM has one preferred width.
    @ParameterizedTest
    @ValueSource(ints = {16, 32})
    void multiply_withNarrowerVectors_equalsScalar(int vectorBytes)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--add-modules",
                                "jdk.incubator.vector",
                                "-XX:MaxVectorSize=" + vectorBytes,
                                "-cp",
                                System.getProperty("java.class.path"),
                                NarrowVectors.class.getName(),
                                String.valueOf(vectorBytes))
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    /// The entry point of the other JVM.
    static final class NarrowVectors {
        public static void main(String[] arguments) {
            int vectorBytes = Integer.parseInt(arguments[0]);
            assertThat(Lanes.COUNT).isLessThanOrEqualTo(vectorBytes / Float.BYTES);
            long seed = System.nanoTime();
            SplittableRandom random = new SplittableRandom(seed);
            for (TensorType type : TensorType.values()) {
                requireEqual(type, Numerics.EXACT, 1, 1280, random, seed);
                requireEqual(type, Numerics.EXACT, 3, 256, random, seed);
                requireEqual(type, Numerics.EXACT, 13, 256, random, seed);
            }
        }
    }
}
