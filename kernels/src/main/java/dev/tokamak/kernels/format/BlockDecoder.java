package dev.tokamak.kernels.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Takes blocks of integer weights apart into their integers and scales, one block at a time. Confined to one thread.
///
/// A weight is `scale * quant`, `scale * quant + minimum` for types with a minimum, and `scale * subScale * quant` for
/// `Q6_K`. Scales and minimums stand for 32 weights, sub-scales for 16.
public final class BlockDecoder {

    /// Weights that share a scale once decoded.
    public static final int SCALE_ELEMENTS = 32;

    /// Weights that share an integer sub-scale.
    public static final int SUB_SCALE_ELEMENTS = 16;

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final TensorType type;
    private final byte[] quants;
    private final float[] scales;
    private final float[] minimums;
    private final byte[] subScales;

    /// A decoder of this type, which must not be a float type.
    public BlockDecoder(TensorType type) {
        if (type.isFloat()) {
            throw new IllegalArgumentException(type + " has no blocks of integers");
        }
        this.type = type;
        this.quants = new byte[type.blockElements()];
        this.scales = new float[type.blockElements() / SCALE_ELEMENTS];
        this.minimums = new float[scales.length];
        this.subScales = new byte[type.blockElements() / SUB_SCALE_ELEMENTS];
        Arrays.fill(subScales, (byte) 1);
    }

    /// The integers of the last block, one for each weight; overwritten by the next.
    public byte[] quants() {
        return quants;
    }

    /// The scales of the last block, one for 32 weights; overwritten by the next.
    public float[] scales() {
        return scales;
    }

    /// What is added to 32 scaled weights each, zeros for types without; overwritten by the next block.
    public float[] minimums() {
        return minimums;
    }

    /// The integer factors of 16 weights each, ones for types without; overwritten by the next block.
    public byte[] subScales() {
        return subScales;
    }

    /// Decodes the block at this offset.
    public void decode(byte[] source, int offset) {
        switch (type) {
            case Q4_0 -> {
                scales[0] = half(source, offset);
                fourBits(source, offset + 2, -8);
            }
            case Q4_1 -> {
                scales[0] = half(source, offset);
                minimums[0] = half(source, offset + 2);
                fourBits(source, offset + 4, 0);
            }
            case Q5_0 -> {
                scales[0] = half(source, offset);
                fiveBits(source, offset + 2, -16);
            }
            case Q5_1 -> {
                scales[0] = half(source, offset);
                minimums[0] = half(source, offset + 2);
                fiveBits(source, offset + 4, 0);
            }
            case Q8_0 -> {
                scales[0] = half(source, offset);
                System.arraycopy(source, offset + 2, quants, 0, quants.length);
            }
            case Q4_K -> {
                sixBitScales(source, offset);
                fourBitsOfSuperBlock(source, offset + 16);
            }
            case Q5_K -> {
                sixBitScales(source, offset);
                fourBitsOfSuperBlock(source, offset + 48);
                fifthBits(source, offset + 16);
            }
            case Q6_K -> decodeQ6K(source, offset);
            case F32, F16, BF16 -> throw new AssertionError(type);
        }
    }

    /// Writes the weights of the last block as floats.
    public void floats(float[] output, int outputOffset) {
        boolean hasMinimum = type.hasMinimum();
        for (int i = 0; i < quants.length; i++) {
            int part = i / SCALE_ELEMENTS;
            float scale = scales[part] * subScales[i / SUB_SCALE_ELEMENTS];
            float weight = scale * quants[i];
            output[outputOffset + i] = hasMinimum ? weight + minimums[part] : weight;
        }
    }

    private void fourBits(byte[] source, int offset, int bias) {
        for (int i = 0; i < 16; i++) {
            int pair = source[offset + i];
            quants[i] = (byte) ((pair & 15) + bias);
            quants[i + 16] = (byte) ((pair >> 4 & 15) + bias);
        }
    }

    private void fiveBits(byte[] source, int offset, int bias) {
        int high = (int) INT.get(source, offset);
        for (int i = 0; i < 16; i++) {
            int pair = source[offset + 4 + i];
            quants[i] = (byte) (((pair & 15) | (high >>> i & 1) << 4) + bias);
            quants[i + 16] = (byte) (((pair >> 4 & 15) | (high >>> (i + 16) & 1) << 4) + bias);
        }
    }

    /// Eight scales and minimums of six bits each in twelve bytes, times the two fp16 factors before them.
    private void sixBitScales(byte[] source, int offset) {
        float scale = half(source, offset);
        float minimum = half(source, offset + 2);
        int packed = offset + 4;
        for (int i = 0; i < 4; i++) {
            int low = source[packed + i];
            int middle = source[packed + 4 + i];
            int high = source[packed + 8 + i];
            scales[i] = scale * (low & 63);
            minimums[i] = -(minimum * (middle & 63));
            scales[i + 4] = scale * ((high & 15) | (low >> 6 & 3) << 4);
            minimums[i + 4] = -(minimum * ((high >> 4 & 15) | (middle >> 6 & 3) << 4));
        }
    }

    private void fourBitsOfSuperBlock(byte[] source, int offset) {
        for (int part = 0; part < 4; part++) {
            for (int i = 0; i < 32; i++) {
                int pair = source[offset + part * 32 + i];
                quants[part * 64 + i] = (byte) (pair & 15);
                quants[part * 64 + 32 + i] = (byte) (pair >> 4 & 15);
            }
        }
    }

    private void fifthBits(byte[] source, int offset) {
        for (int part = 0; part < 8; part++) {
            for (int i = 0; i < 32; i++) {
                quants[part * 32 + i] |= (byte) ((source[offset + i] >> part & 1) << 4);
            }
        }
    }

    private void decodeQ6K(byte[] source, int offset) {
        for (int part = 0; part < 2; part++) {
            int low = offset + part * 64;
            int high = offset + 128 + part * 32;
            int out = part * 128;
            for (int i = 0; i < 32; i++) {
                int first = source[low + i];
                int second = source[low + 32 + i];
                int top = source[high + i];
                quants[out + i] = (byte) (((first & 15) | (top & 3) << 4) - 32);
                quants[out + 32 + i] = (byte) (((second & 15) | (top >> 2 & 3) << 4) - 32);
                quants[out + 64 + i] = (byte) (((first >> 4 & 15) | (top >> 4 & 3) << 4) - 32);
                quants[out + 96 + i] = (byte) (((second >> 4 & 15) | (top >> 6 & 3) << 4) - 32);
            }
        }
        System.arraycopy(source, offset + 192, subScales, 0, subScales.length);
        Arrays.fill(scales, half(source, offset + 208));
    }

    private static float half(byte[] source, int offset) {
        return Float.float16ToFloat((short) SHORT.get(source, offset));
    }
}
