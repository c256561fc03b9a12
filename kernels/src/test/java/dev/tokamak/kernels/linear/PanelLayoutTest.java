package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.format.BlockDecoder;
import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Reads packed bytes as emitted kernels do, with the numbers of the layout spelled out.
final class PanelLayoutTest {

    private static final int ROWS = 37;

    @ParameterizedTest
    @CsvSource({
        "Q4_0, 1, 288",
        "Q4_1, 1, 320",
        "Q5_0, 1, 352",
        "Q5_1, 1, 384",
        "Q8_0, 1, 544",
        "Q4_K, 8, 2368",
        "Q5_K, 8, 2880",
        "Q6_K, 8, 3360",
        "Q2_K, 8, 1344",
        "Q3_K, 8, 1824",
        "IQ1_S, 8, 1696",
        "IQ1_M, 8, 1824",
        "IQ2_XXS, 8, 1696",
        "IQ2_XS, 8, 1824",
        "IQ2_S, 8, 1824",
        "IQ3_XXS, 8, 2208",
        "IQ3_S, 8, 2208",
        "IQ4_NL, 1, 288",
        "IQ4_XS, 8, 2208",
        "TQ1_0, 8, 1056",
        "TQ2_0, 8, 1056",
        "MXFP4, 1, 288",
        "NVFP4, 1, 320",
        "Q1_0, 4, 288",
        "Q2_0, 2, 288"
    })
    void superBlockBytes_ofIntegers_isThatOfTheLayout(TensorType type, int blocks, int bytes) {
        PanelLayout layout = PanelLayout.of(type);
        assertThat(layout.superBlocks()).isEqualTo(blocks);
        assertThat(layout.superBlockBytes()).isEqualTo(bytes);
        assertThat(layout.groupBytes(512)).isEqualTo(512L / 32 / blocks * bytes);
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void pack_ofRandomBytes_putsEveryIntegerAndScaleInItsPlace(TensorType type) {
        if (type.isFloat()) {
            return;
        }
        long seed = System.nanoTime();
        System.out.println("PanelLayoutTest " + type + " seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        // More than the columns that are packed at a time.
        for (int columns : new int[] {256, 5120}) {
            try (Arena arena = Arena.ofConfined()) {
                byte[] file = new byte[Math.toIntExact(type.bytes((long) ROWS * columns))];
                random.nextBytes(file);
                MemorySegment source = arena.allocateFrom(JAVA_BYTE, file);
                PackedWeights weights =
                        new WeightPacker(Numerics.EXACT, new SequentialTeam(2))
                                .pack(type, ROWS, columns, source, arena);
                for (int row = 0; row < ROWS; row++) {
                    Decoded expected = decoded(type, file, row, columns);
                    Decoded actual = packed(weights, row);
                    String what = "seed %d: row %d of %d columns".formatted(seed, row, columns);
                    assertThat(actual.quants).as(what).isEqualTo(expected.quants);
                    assertThat(LinearCase.bits(actual.scales))
                            .as(what)
                            .isEqualTo(LinearCase.bits(expected.scales));
                    assertThat(LinearCase.bits(actual.minimums))
                            .as(what)
                            .isEqualTo(LinearCase.bits(expected.minimums));
                }
            }
        }
    }

    /// A row: an integer for each column, a scale and a minimum for each 16.
    private record Decoded(int[] quants, float[] scales, float[] minimums) {
        Decoded(int columns) {
            this(new int[columns], new float[columns / 16], new float[columns / 16]);
        }
    }

    private static Decoded decoded(TensorType type, byte[] file, int row, int columns) {
        Decoded decoded = new Decoded(columns);
        BlockDecoder decoder = new BlockDecoder(type);
        int elements = type.blockElements();
        for (int column = 0; column < columns; column++) {
            int within = column % elements;
            if (within == 0) {
                long block = ((long) row * columns + column) / elements;
                decoder.decode(file, (int) block * type.blockBytes());
            }
            decoded.quants[column] = decoder.integer(decoder.quants()[within]);
            decoded.scales[column / 16] = decoder.scales()[within / 16];
            decoded.minimums[column / 16] = decoder.minimums()[within / 16];
        }
        return decoded;
    }

    private static Decoded packed(PackedWeights weights, int row) {
        Decoded decoded = new Decoded(weights.columns());
        MemorySegment memory = weights.memory();
        long group = row / 16 * weights.groupBytes();
        int lane = row % 16;
        for (int column = 0; column < weights.columns(); column++) {
            decoded.quants[column] =
                    quant(memory, weights.type(), group, lane, column / 32, column % 32);
        }
        for (int half = 0; half < decoded.scales.length; half++) {
            decoded.scales[half] = scale(memory, weights.type(), group, lane, half / 2, half % 2);
            decoded.minimums[half] =
                    minimum(memory, weights.type(), group, lane, half / 2, half % 2);
        }
        return decoded;
    }

    private static int quant(
            MemorySegment memory, TensorType type, long group, int lane, int block, int k) {
        return switch (type) {
            case Q4_0 -> nibble(memory, group + block * 288L + 32, lane, k) - 8;
            case Q4_1 -> nibble(memory, group + block * 320L + 64, lane, k);
            case Q5_0 -> fiveBits(memory, group + block * 352L + 32, lane, k) - 16;
            case Q5_1 -> fiveBits(memory, group + block * 384L + 64, lane, k);
            case Q8_0 -> eightBits(memory, group + block * 544L + 32, lane, k) - 128;
            case Q4_K -> nibble(memory, inSuper(group, block, 64, 288) + 32, lane, k);
            case Q5_K -> fiveBits(memory, inSuper(group, block, 64, 352) + 32, lane, k);
            case Q6_K -> sixBits(memory, inSuper(group, block, 32, 416) + 32, lane, k) - 32;
            case Q2_K -> pair(memory, inSuper(group, block, 64, 160) + 32, lane, k);
            case Q3_K -> threeBits(memory, inSuper(group, block, 32, 224) + 32, lane, k) - 4;
            case TQ1_0, TQ2_0 -> pair(memory, inSuper(group, block, 32, 128), lane, k) - 1;
            case Q2_0 -> pair(memory, inSuper(group, block, 2, 32, 128), lane, k) - 1;
            case Q1_0 -> 2 * bit(memory, inSuper(group, block, 4, 32, 64), lane, k) - 1;
            default -> integer(type, number(memory, type, group, lane, block, k));
        };
    }

    private static int integer(TensorType type, int number) {
        return type.codebook().orElseThrow().value(number);
    }

    private static int number(
            MemorySegment memory, TensorType type, long group, int lane, int block, int k) {
        return switch (type) {
            case IQ1_S, IQ2_XXS -> threeBits(memory, inSuper(group, block, 32, 208) + 16, lane, k);
            case IQ1_M, IQ2_XS, IQ2_S ->
                    threeBits(memory, inSuper(group, block, 32, 224) + 32, lane, k);
            case IQ3_XXS, IQ3_S, IQ4_XS ->
                    nibble(memory, inSuper(group, block, 32, 272) + 16, lane, k);
            case IQ4_NL, MXFP4 -> nibble(memory, group + block * 288L + 32, lane, k);
            case NVFP4 -> nibble(memory, group + block * 320L + 64, lane, k);
            default -> throw new AssertionError(type);
        };
    }

    private static float scale(
            MemorySegment memory, TensorType type, long group, int lane, int block, int half) {
        return switch (type) {
            case Q4_0, IQ4_NL -> half(memory, group + block * 288L, lane);
            case Q4_1 -> half(memory, group + block * 320L, lane);
            case Q5_0 -> half(memory, group + block * 352L, lane);
            case Q5_1 -> half(memory, group + block * 384L, lane);
            case Q8_0 -> half(memory, group + block * 544L, lane);
            case Q4_K ->
                    half(memory, group + block / 8 * 2368L, lane)
                            * unsigned(memory, inSuper(group, block, 64, 288) + lane);
            case Q5_K ->
                    half(memory, group + block / 8 * 2880L, lane)
                            * unsigned(memory, inSuper(group, block, 64, 352) + lane);
            case Q6_K -> scaleOfHalf(memory, group, lane, block, half, 416);
            case Q3_K -> scaleOfHalf(memory, group, lane, block, half, 224);
            case IQ1_M, IQ2_XS, IQ2_S -> scaleOfHalf(memory, group, lane, block, half, 224) / 8;
            case IQ1_S, IQ2_XXS -> scaleOfBlock(memory, group, lane, block, 208) / 8;
            case IQ3_XXS -> scaleOfBlock(memory, group, lane, block, 272) / 4;
            case IQ3_S, IQ4_XS -> scaleOfBlock(memory, group, lane, block, 272);
            case Q2_K ->
                    half(memory, group + block / 8 * 1344L, lane)
                            * (unsigned(memory, inSuper(group, block, 64, 160) + 16 * half + lane)
                                    & 15);
            case TQ1_0, TQ2_0 -> half(memory, group + block / 8 * 1056L, lane);
            case Q2_0 -> half(memory, group + block / 2 * 288L, lane);
            case Q1_0 -> half(memory, group + block / 4 * 288L, lane);
            case MXFP4 -> bfloat(memory, group + block * 288L, lane);
            case NVFP4 -> half(memory, group + block * 320L + 32 * half, lane);
            case F32, F16, BF16 -> throw new AssertionError(type);
        };
    }

    private static float scaleOfHalf(
            MemorySegment memory, long group, int lane, int block, int half, int blockBytes) {
        long header = inSuper(group, block, 32, blockBytes);
        return half(memory, group + block / 8 * (32 + 8L * blockBytes), lane)
                * memory.get(JAVA_BYTE, header + 16 * half + lane);
    }

    private static float scaleOfBlock(
            MemorySegment memory, long group, int lane, int block, int blockBytes) {
        return scaleOfHalf(memory, group, lane, block, 0, blockBytes);
    }

    private static float minimum(
            MemorySegment memory, TensorType type, long group, int lane, int block, int half) {
        return switch (type) {
            case Q4_1 -> half(memory, group + block * 320L + 32, lane);
            case Q5_1 -> half(memory, group + block * 384L + 32, lane);
            case Q4_K ->
                    -(half(memory, group + block / 8 * 2368L + 32, lane)
                            * unsigned(memory, inSuper(group, block, 64, 288) + 16 + lane));
            case Q5_K ->
                    -(half(memory, group + block / 8 * 2880L + 32, lane)
                            * unsigned(memory, inSuper(group, block, 64, 352) + 16 + lane));
            case Q2_K ->
                    -(half(memory, group + block / 8 * 1344L + 32, lane)
                            * (unsigned(memory, inSuper(group, block, 64, 160) + 16 * half + lane)
                                    >> 4));
            default -> 0f;
        };
    }

    private static long inSuper(long group, int block, int headerBytes, int blockBytes) {
        return inSuper(group, block, 8, headerBytes, blockBytes);
    }

    private static long inSuper(
            long group, int block, int blocks, int headerBytes, int blockBytes) {
        return group
                + block / blocks * (headerBytes + (long) blocks * blockBytes)
                + headerBytes
                + block % blocks * (long) blockBytes;
    }

    private static float bfloat(MemorySegment memory, long offset, int lane) {
        return Float.intBitsToFloat(memory.get(PanelReader.SHORT, offset + 2L * lane) << 16);
    }

    private static int pair(MemorySegment memory, long words, int lane, int k) {
        int bits = unsigned(memory, words + k / 16 * 64L + lane * 4L + k % 4);
        return bits >> (k % 16 / 4 * 2) & 3;
    }

    private static int bit(MemorySegment memory, long words, int lane, int k) {
        return unsigned(memory, words + lane * 4L + k % 4) >> (k / 4) & 1;
    }

    private static int threeBits(MemorySegment memory, long words, int lane, int k) {
        return pair(memory, words, lane, k) | bit(memory, words + 2 * 64, lane, k) << 2;
    }

    private static float half(MemorySegment memory, long offset, int lane) {
        return Float.float16ToFloat(memory.get(PanelReader.SHORT, offset + 2L * lane));
    }

    private static int unsigned(MemorySegment memory, long offset) {
        return memory.get(JAVA_BYTE, offset) & 255;
    }

    private static int nibble(MemorySegment memory, long words, int lane, int k) {
        int pair = unsigned(memory, words + k % 16 / 4 * 64L + lane * 4L + k % 4);
        return k < 16 ? pair & 15 : pair >> 4;
    }

    private static int fiveBits(MemorySegment memory, long words, int lane, int k) {
        int fifth = unsigned(memory, words + 4 * 64 + lane * 4L + k % 4) >> (k / 4) & 1;
        return nibble(memory, words, lane, k) | fifth << 4;
    }

    private static int sixBits(MemorySegment memory, long words, int lane, int k) {
        long upper = words + (4 + k / 16) * 64L + lane * 4L + k % 4;
        int bits = unsigned(memory, upper) >> (k % 16 / 4 * 2) & 3;
        return nibble(memory, words, lane, k) | bits << 4;
    }

    private static int eightBits(MemorySegment memory, long words, int lane, int k) {
        return unsigned(memory, words + k / 4 * 64L + lane * 4L + k % 4);
    }

    @Test
    void address_ofAGroup_isThatOfItsFirstByte() {
        try (Arena arena = Arena.ofConfined()) {
            LinearCase product =
                    new LinearCase(
                            TensorType.Q4_0,
                            Numerics.EXACT,
                            ROWS,
                            64,
                            1,
                            new SplittableRandom(1),
                            arena);
            PackedWeights weights = product.weights;
            assertThat(weights.groupBytes()).isEqualTo(2 * 288);
            assertThat(weights.address(2)).isEqualTo(weights.memory().address() + 2 * 2 * 288);
        }
    }
}
