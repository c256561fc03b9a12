package dev.tokamak.kernels.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class WeightPackerTest {

    private static final long SEED = 4;

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void readRow_ofAnyRow_equalsDequantizedFile(TensorType type) {
        for (Numerics numerics : Numerics.values()) {
            try (Arena arena = Arena.ofConfined()) {
                SplittableRandom random = new SplittableRandom(SEED);
                int columns = type.isFloat() ? 77 : 512;
                LinearCase product = new LinearCase(type, numerics, 37, columns, 1, random, arena);
                MemorySegment output = arena.allocate((columns + 1L) * Float.BYTES);
                for (int row = 0; row < product.rows; row++) {
                    WeightPacker.readRow(product.weights, row, output, Float.BYTES);
                    float[] read = output.asSlice(Float.BYTES).toArray(ValueLayout.JAVA_FLOAT);
                    assertThat(LinearCase.bits(read))
                            .as("seed %d: %s, row %d", SEED, product, row)
                            .isEqualTo(LinearCase.bits(product.dequantized(row)));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void packedBytes_ofAnyType_isWhatPackAllocates(TensorType type) {
        for (Numerics numerics : Numerics.values()) {
            try (Arena arena = Arena.ofConfined()) {
                SplittableRandom random = new SplittableRandom(SEED);
                LinearCase product = new LinearCase(type, numerics, 37, 512, 1, random, arena);
                WeightPacker packer = new WeightPacker(numerics, new SequentialTeam(1));
                assertThat(packer.packedBytes(type, 37, 512))
                        .isEqualTo(product.weights.sizeBytes());
                assertThat(product.weights.memory().byteSize())
                        .isEqualTo(product.weights.sizeBytes());
            }
        }
    }

    @Test
    void pack_intoMemoryThatIsNotZero_zeroesThePadding() {
        try (Arena arena = Arena.ofConfined()) {
            WeightPacker packer = new WeightPacker(Numerics.EXACT, new SequentialTeam(1));
            long sizeBytes = packer.packedBytes(TensorType.F32, 1, 2);
            MemorySegment dirty = arena.allocate(sizeBytes, 64).fill((byte) 0x55);
            MemorySegment source = arena.allocate(8);
            source.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1f);
            source.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 2f);
            packer.pack(TensorType.F32, 1, 2, source, SegmentAllocator.prefixAllocator(dirty));
            float[] expected = new float[32];
            expected[0] = 1f;
            expected[16] = 2f;
            assertThat(dirty.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(expected);
        }
    }

    @Test
    void pack_ofWrongSize_isRefusedWithBothNumbers() {
        try (Arena arena = Arena.ofConfined()) {
            WeightPacker packer = new WeightPacker(Numerics.EXACT, new SequentialTeam(1));
            MemorySegment source = arena.allocate(33);
            assertThatThrownBy(() -> packer.pack(TensorType.Q8_0, 1, 32, source, arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("33")
                    .hasMessageContaining("34");
            assertThatThrownBy(() -> packer.packedBytes(TensorType.Q4_K, 1, 128))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("128")
                    .hasMessageContaining("256");
            assertThatThrownBy(() -> packer.packedBytes(TensorType.F32, 0, 128))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0 rows");
        }
    }
}
