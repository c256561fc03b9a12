package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.Dequantizer;
import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Random weights as file bytes, their packed form, and random activations.
final class LinearCase {

    static final float UNTOUCHED = 12345.678f;

    final TensorType type;
    final int rows;
    final int columns;
    final int tokens;
    final byte[] file;
    PackedWeights weights;
    private final Numerics numerics;
    final MemorySegment floats;

    /// What the last product read.
    Activations activations;

    private final Arena arena;

    LinearCase(
            TensorType type,
            Numerics numerics,
            int rows,
            int columns,
            int tokens,
            SplittableRandom random,
            Arena arena) {
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.tokens = tokens;
        this.arena = arena;
        this.file = fileBytes(type, Math.multiplyExact(rows, columns), random);
        this.numerics = numerics;
        this.weights = packed();
        this.floats = arena.allocate((long) tokens * columns * Float.BYTES, 64);
        this.activations = Linear.scalar().activations(tokens, columns, arena);
        for (int token = 0; token < tokens; token++) {
            for (int column = 0; column < columns; column++) {
                set(token, column, (float) random.nextGaussian(0, 1));
            }
        }
    }

    /// Weights of repeated bytes, infinite and NaN scales among them, times activations that are all the largest.
    static LinearCase extreme(TensorType type, int fill, Arena arena) {
        LinearCase product =
                new LinearCase(
                        type, Numerics.EXACT, 16, 512, 10, new SplittableRandom(fill), arena);
        product.repack((byte) fill);
        for (int token = 0; token < 10; token++) {
            for (int column = 0; column < 512; column++) {
                product.set(token, column, token % 2 == 0 ? 1f : -3e38f);
            }
        }
        return product;
    }

    /// All 65,536 values of a 16-bit type, one in each row.
    static LinearCase everyHalf(TensorType type, Arena arena) {
        LinearCase product =
                new LinearCase(type, Numerics.EXACT, 65536, 1, 2, new SplittableRandom(1), arena);
        for (int i = 0; i < 65536; i++) {
            product.file[2 * i] = (byte) i;
            product.file[2 * i + 1] = (byte) (i >> 8);
        }
        product.repack();
        return product;
    }

    private PackedWeights packed() {
        MemorySegment source = arena.allocate(file.length);
        MemorySegment.copy(file, 0, source, ValueLayout.JAVA_BYTE, 0, file.length);
        WeightPacker packer = new WeightPacker(numerics, new SequentialTeam(2));
        return packer.pack(type, rows, columns, source, arena);
    }

    /// Packs the weights again after the file's bytes were changed.
    void repack() {
        weights = packed();
    }

    /// Packs weights whose file consists of this byte.
    void repack(byte fill) {
        Arrays.fill(file, fill);
        repack();
    }

    /// Spreads zeros, denormals and large values over a few activations.
    void roughen(SplittableRandom random) {
        float[] rough = {0f, -0f, Float.MIN_VALUE, 0x1p-101f, -0x1p-100f, 1e30f, -1e-20f, 127f};
        for (int i = 0; i < tokens * 3; i++) {
            float value = rough[random.nextInt(rough.length)];
            set(random.nextInt(tokens), random.nextInt(columns), value);
        }
        int token = random.nextInt(tokens);
        for (int column = 0; column < Math.min(64, columns); column++) {
            set(token, column, column < 32 ? 0f : 0x1p-120f);
        }
    }

    /// Moves the packed weights to memory that this allocator gives.
    void moveWeights(SegmentAllocator allocator) {
        MemorySegment memory = weights.memory();
        MemorySegment copy = allocator.allocate(memory.byteSize(), 64).copyFrom(memory);
        weights = new PackedWeights(weights.type(), rows, columns, copy);
    }

    void set(int token, int column, float value) {
        floats.setAtIndex(ValueLayout.JAVA_FLOAT, (long) token * columns + column, value);
    }

    float activation(int token, int column) {
        return floats.getAtIndex(ValueLayout.JAVA_FLOAT, (long) token * columns + column);
    }

    /// The row's weights by way of [Dequantizer].
    float[] dequantized(int row) {
        float[] floats = new float[columns];
        int rowBytes = Math.toIntExact(type.bytes(columns));
        new Dequantizer(type).dequantize(file, row * rowBytes, floats, 0, columns);
        return floats;
    }

    /// A whole product: `[tokens][rows + 3]`, so that writes beyond the rows show.
    float[] multiply(Linear linear) {
        return multiply(linear, tokens, weights.groups());
    }

    /// The same, cut into pieces of this many tokens and groups.
    float[] multiply(Linear linear, int pieceTokens, int pieceGroups) {
        int stride = rows + 3;
        MemorySegment output = arena.allocate((long) tokens * stride * Float.BYTES, 64);
        for (long i = 0; i < (long) tokens * stride; i++) {
            output.setAtIndex(ValueLayout.JAVA_FLOAT, i, UNTOUCHED);
        }
        activations = linear.activations(tokens, columns, arena);
        activations.floats().copyFrom(floats);
        if (weights.readsQuantized()) {
            for (int token = 0; token < tokens; token += pieceTokens) {
                linear.quantize(activations, token, Math.min(pieceTokens, tokens - token));
            }
        }
        for (int group = 0; group < weights.groups(); group += pieceGroups) {
            int groups = Math.min(pieceGroups, weights.groups() - group);
            for (int token = 0; token < tokens; token += pieceTokens) {
                int count = Math.min(pieceTokens, tokens - token);
                linear.multiply(weights, activations, token, count, output, stride, group, groups);
            }
        }
        return output.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public String toString() {
        return "%s %dx%d, %d tokens".formatted(type, rows, columns, tokens);
    }

    /// Random bits with scales that are not too far from those of real weights.
    static byte[] fileBytes(TensorType type, int elements, SplittableRandom random) {
        byte[] bytes = new byte[Math.toIntExact(type.bytes(elements))];
        random.nextBytes(bytes);
        int[] halves =
                switch (type) {
                    case F32, F16, BF16 -> new int[0];
                    case Q4_0, Q5_0, Q8_0 -> new int[] {0};
                    case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
                    case Q6_K -> new int[] {208};
                    case Q2_K -> new int[] {80, 82};
                    case Q3_K -> new int[] {108};
                    case TQ1_0 -> new int[] {52};
                    case TQ2_0 -> new int[] {64};
                    case IQ1_S, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ4_NL, IQ4_XS ->
                            new int[] {0};
                    case Q1_0, Q2_0 -> new int[] {0};
                    case IQ1_M, MXFP4, NVFP4 -> new int[0];
                };
        int blocks = elements / type.blockElements();
        for (int block = 0; block < blocks; block++) {
            int offset = block * type.blockBytes();
            if (type.isFloat()) {
                putFloat(bytes, offset, type, (float) random.nextGaussian(0, 0.1));
            }
            for (int half : halves) {
                putFloat(bytes, offset + half, TensorType.F16, randomScale(random));
            }
            if (type == TensorType.MXFP4) {
                // Powers of two, or the smallest ones, which are subnormal.
                int exponent = random.nextInt(8) == 0 ? 0 : 115;
                bytes[offset] = (byte) (exponent + random.nextInt(8));
            } else if (type == TensorType.IQ1_M) {
                putIq1Scale(bytes, offset, randomScale(random));
            }
        }
        return bytes;
    }

    /// Four bits at the top of each of the last four words.
    private static void putIq1Scale(byte[] bytes, int offset, float scale) {
        int bits = Float.floatToFloat16(scale) & 0xffff;
        for (int word = 0; word < 4; word++) {
            int at = offset + 49 + 2 * word;
            bytes[at] = (byte) ((bytes[at] & 15) | (bits >> 4 * word & 15) << 4);
        }
    }

    private static float randomScale(SplittableRandom random) {
        float scale = (float) random.nextGaussian(0, 0.01);
        return switch (random.nextInt(20)) {
            case 0 -> 0f;
            case 1 -> scale * 1e-5f;
            case 2 -> scale * 1000f;
            default -> scale;
        };
    }

    static void putFloat(byte[] bytes, int offset, TensorType type, float value) {
        int bits =
                switch (type) {
                    case F32 -> Float.floatToRawIntBits(value);
                    case F16 -> Float.floatToFloat16(value);
                    default -> Float.floatToRawIntBits(value) >>> 16;
                };
        for (int i = 0; i < type.blockBytes(); i++) {
            bytes[offset + i] = (byte) (bits >>> 8 * i);
        }
    }

    static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToIntBits(values[i]));
        return bits;
    }
}
