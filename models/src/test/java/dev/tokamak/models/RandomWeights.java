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
            switch (type) {
                case Q4_0 -> scale(out, block, deviation / 4.6);
                case Q4_1 -> scaleAndOffset(out, block, deviation / 4.6, -7.5);
                case Q5_0 -> scale(out, block, deviation / 9.2);
                case Q5_1 -> scaleAndOffset(out, block, deviation / 9.2, -15.5);
                case Q8_0 -> scale(out, block, deviation / 74);
                case Q4_K -> scaleAndOffset(out, block, deviation / 170, 7.5);
                case Q5_K -> scaleAndOffset(out, block, deviation / 331, 15.5);
                case Q6_K -> scale(out, block + type.blockBytes() - 2, deviation / 1370);
                case F32, F16, BF16 -> throw new AssertionError(type);
            }
        }
        return out.array();
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
