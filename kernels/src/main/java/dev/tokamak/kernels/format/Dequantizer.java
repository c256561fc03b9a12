package dev.tokamak.kernels.format;

import static dev.tokamak.kernels.format.LittleEndian.intAt;
import static dev.tokamak.kernels.format.LittleEndian.shortAt;

import org.jspecify.annotations.Nullable;

/// Turns the bytes of a weight file into floats, for every [TensorType]. Confined to one thread.
public final class Dequantizer {

    private final TensorType type;
    private final @Nullable BlockDecoder decoder;

    public Dequantizer(TensorType type) {
        this.type = type;
        this.decoder = type.isFloat() ? null : new BlockDecoder(type);
    }

    /// Writes `elements` weights, a multiple of the type's block, to the output.
    public void dequantize(
            byte[] source, int offset, float[] output, int outputOffset, int elements) {
        if (decoder != null) {
            dequantizeBlocks(decoder, source, offset, output, outputOffset, elements);
            return;
        }
        for (int i = 0; i < elements; i++) {
            output[outputOffset + i] =
                    switch (type) {
                        case F32 -> Float.intBitsToFloat(intAt(source, offset + i * Float.BYTES));
                        case F16 -> Float.float16ToFloat(bits(source, offset, i));
                        case BF16 -> Float.intBitsToFloat(bits(source, offset, i) << 16);
                        default -> throw new AssertionError(type);
                    };
        }
    }

    private void dequantizeBlocks(
            BlockDecoder blocks,
            byte[] source,
            int offset,
            float[] output,
            int outputOffset,
            int elements) {
        int count = Math.toIntExact(type.bytes(elements)) / type.blockBytes();
        for (int block = 0; block < count; block++) {
            blocks.decode(source, offset + block * type.blockBytes());
            blocks.floats(output, outputOffset + block * type.blockElements());
        }
    }

    private static short bits(byte[] source, int offset, int index) {
        return shortAt(source, offset + index * Short.BYTES);
    }
}
