package dev.tokamak.kernels.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tokamak.kernels.GuardedMemory;
import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class EmittedLinearTest {

    private static final Linear SCALAR = Linear.scalar();

    /// Token counts on both sides of every tile.
    private static final int[] TOKENS = {1, 2, 3, 4, 5, 6, 7, 8, 11, 19, 24, 40};

    @ParameterizedTest
    @EnumSource(EmittedProducts.class)
    void multiply_ofRandomShapesAndCuts_equalsScalar(EmittedProducts products) {
        Linear emitted = products.linear();
        long seed = Long.getLong("tokamak.seed", System.nanoTime());
        System.out.println("EmittedLinearTest " + products + " -Dtokamak.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (TensorType type : TensorType.values()) {
            for (int tokens : TOKENS) {
                int mostColumns = random.nextInt(6) == 0 ? 4096 : 1280;
                requireEqual(emitted, type, tokens, mostColumns, random);
            }
        }
    }

    private static void requireEqual(
            Linear emitted, TensorType type, int tokens, int mostColumns, SplittableRandom random) {
        int rows = random.nextInt(1, tokens < 4 ? 100 : 60);
        int columns =
                type.blockElements() * random.nextInt(1, mostColumns / type.blockElements() + 1);
        try (Arena arena = Arena.ofConfined()) {
            LinearCase product =
                    new LinearCase(type, Numerics.EXACT, rows, columns, tokens, random, arena);
            product.roughen(random);
            int[] expected = LinearCase.bits(product.multiply(SCALAR));
            assertThat(LinearCase.bits(product.multiply(emitted)))
                    .as("%s", product)
                    .isEqualTo(expected);
            int pieceTokens = random.nextInt(1, tokens + 1);
            int pieceGroups = random.nextInt(1, product.weights.groups() + 1);
            assertThat(LinearCase.bits(product.multiply(emitted, pieceTokens, pieceGroups)))
                    .as("%s in pieces of %d tokens, %d groups", product, pieceTokens, pieceGroups)
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(EmittedProducts.class)
    void multiply_ofExtremeBits_equalsScalar(EmittedProducts products) {
        Linear emitted = products.linear();
        for (TensorType type : TensorType.values()) {
            for (int fill : new int[] {0x00, 0x7f, 0x80, 0xff, 0x55}) {
                try (Arena arena = Arena.ofConfined()) {
                    LinearCase product = LinearCase.extreme(type, fill, arena);
                    assertThat(LinearCase.bits(product.multiply(emitted)))
                            .as("%s filled with %x", product, fill)
                            .isEqualTo(LinearCase.bits(product.multiply(SCALAR)));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(EmittedProducts.class)
    void multiply_ofEveryHalf_widensItExactly(EmittedProducts products) {
        Linear emitted = products.linear();
        for (TensorType type : new TensorType[] {TensorType.F16, TensorType.BF16}) {
            try (Arena arena = Arena.ofConfined()) {
                LinearCase product = LinearCase.everyHalf(type, arena);
                assertThat(LinearCase.bits(product.multiply(emitted)))
                        .isEqualTo(LinearCase.bits(product.multiply(SCALAR)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(EmittedProducts.class)
    void multiply_whenBuffersEndWherePagesEnd_touchesNothingElse(EmittedProducts products) {
        Linear emitted = products.linear();
        SplittableRandom random = new SplittableRandom(7);
        for (TensorType type : TensorType.values()) {
            for (int tokens : new int[] {1, 2, 3, 4, 5, 8, 16}) {
                int rows = random.nextInt(1, 60);
                int columns = type.blockElements() * random.nextInt(1, 1280 / type.blockElements());
                try (GuardedMemory guarded = GuardedMemory.open();
                        Arena arena = Arena.ofConfined()) {
                    LinearCase product =
                            new LinearCase(
                                    type, Numerics.EXACT, rows, columns, tokens, random, arena);
                    product.moveWeights(guarded);
                    Activations input = emitted.activations(tokens, columns, guarded);
                    input.floats().copyFrom(product.floats);
                    if (product.weights.readsQuantized()) {
                        emitted.quantize(input, 0, tokens);
                    }
                    int stride = rows + 5;
                    long floats = (tokens - 1L) * stride + rows;
                    MemorySegment output = guarded.allocate(floats * Float.BYTES, 4);
                    int groups = product.weights.groups();
                    emitted.multiply(product.weights, input, 0, tokens, output, stride, 0, groups);
                }
            }
        }
    }

    @Test
    void multiply_whenOutputIsOnTheHeap_fails() {
        Linear emitted = EmittedProducts.AVX2.linear();
        try (Arena arena = Arena.ofConfined()) {
            LinearCase product =
                    new LinearCase(
                            TensorType.Q4_0,
                            Numerics.EXACT,
                            16,
                            32,
                            1,
                            new SplittableRandom(1),
                            arena);
            Activations input = emitted.activations(1, 32, arena);
            MemorySegment heap = MemorySegment.ofArray(new float[16]);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> emitted.multiply(product.weights, input, 0, 1, heap, 16, 0, 1))
                    .withMessageContaining("native");
        }
    }
}
