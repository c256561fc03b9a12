package dev.tokamak.models;

import dev.tokamak.kernels.format.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/// Random tensors of every type as the bytes of a file, finite and with about the standard deviation asked for.
final class RandomWeights {

    private final RandomGenerator random;

    RandomWeights(RandomGenerator random) {
        this.random = random;
    }

    byte[] of(TensorType type, long elements, double deviation) {
        return type.isFloat()
                ? floats(type, elements, 0, deviation)
                : blocks(type, elements, deviation);
    }

    /// Values around a mean in one of the float types.
    byte[] floats(TensorType type, long elements, double mean, double deviation) {
        ByteBuffer out = buffer(type.bytes(elements));
        for (long i = 0; i < elements; i++) {
            float value = (float) (mean + deviation * random.nextGaussian());
            switch (type) {
                case F32 -> out.putFloat(value);
                case F16 -> out.putShort(Float.floatToFloat16(value));
                case BF16 -> out.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                default -> throw new IllegalArgumentException(type + " is no float type");
            }
        }
        return out.array();
    }

    /// Random bits, with the floats of each block set so that values come out centred and of the right size.
    private byte[] blocks(TensorType type, long elements, double deviation) {
        ByteBuffer out = buffer(type.bytes(elements));
        random.nextBytes(out.array());
        for (int block = 0; block < out.capacity(); block += type.blockBytes()) {
            scales(type, out, block, deviation);
        }
        return out.array();
    }

    private void scales(TensorType type, ByteBuffer out, int block, double deviation) {
        switch (type) {
            case Q4_0 -> scale(out, block, deviation / 4.6);
            case Q4_1 -> scaleAndOffset(out, block, deviation / 4.6, -7.5);
            case Q5_0 -> scale(out, block, deviation / 9.2);
            case Q5_1 -> scaleAndOffset(out, block, deviation / 9.2, -15.5);
            case Q8_0 -> scale(out, block, deviation / 74);
            case Q2_K -> scaleAndOffset(out, block + 80, deviation / 13.9, 1.5);
            case Q3_K -> scale(out, block + 108, deviation / 43);
            case Q4_K -> scaleAndOffset(out, block, deviation / 170, 7.5);
            case Q5_K -> scaleAndOffset(out, block, deviation / 331, 15.5);
            case Q6_K -> scale(out, block + type.blockBytes() - 2, deviation / 1370);
            case IQ1_S -> scale(out, block, deviation / 7.6);
            case IQ1_M -> scaleInFourNibbles(out, block + 48, deviation / 7.6);
            case IQ2_XXS, IQ2_XS, IQ2_S -> scale(out, block, deviation / 67);
            case IQ3_XXS, IQ3_S -> scale(out, block, deviation / 172);
            case IQ4_NL -> scale(out, block, deviation / 70);
            case IQ4_XS -> scale(out, block, deviation / 1295);
            case TQ1_0 -> scale(out, block + 52, deviation / 0.8);
            case TQ2_0 -> scale(out, block + 64, deviation / 1.2);
            case Q1_0 -> scale(out, block, deviation);
            case Q2_0 -> scale(out, block, deviation / 1.2);
            case MXFP4 -> out.put(block, (byte) (128 + Math.getExponent(deviation / 4)));
            case NVFP4 -> {
                int exponent = Math.clamp(Math.getExponent(deviation / 50) + 11, 0, 14);
                for (int part = 0; part < 4; part++) {
                    out.put(block + part, (byte) (exponent << 3 | random.nextInt(8)));
                }
            }
            case F32, F16, BF16 -> throw new AssertionError(type);
        }
    }

    private void scaleInFourNibbles(ByteBuffer out, int offset, double scale) {
        int bits = Float.floatToFloat16((float) (scale * random.nextDouble(0.7, 1.3)));
        for (int word = 0; word < 4; word++) {
            int at = offset + 2 * word;
            int upper = (bits >> (4 * word) & 15) << 12;
            out.putShort(at, (short) ((out.getShort(at) & 0x0fff) | upper));
        }
    }

    private void scale(ByteBuffer out, int offset, double scale) {
        scaleAndOffset(out, offset, scale, Double.NaN);
    }

    private void scaleAndOffset(ByteBuffer out, int offset, double scale, double offsetFactor) {
        double varied = scale * random.nextDouble(0.7, 1.3);
        out.putShort(offset, Float.floatToFloat16((float) varied));
        if (!Double.isNaN(offsetFactor)) {
            out.putShort(offset + 2, Float.floatToFloat16((float) (varied * offsetFactor)));
        }
    }

    private static ByteBuffer buffer(long bytes) {
        return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
