package dev.tokamak.kernels.quantize;

/// The writer of `Q8_0`: 32 weights with an fp16 scale, the largest magnitude over 127. Immutable.
final class EightBitBlocks {

    private static final int ELEMENTS = 32;
    private static final int LIMIT = 127;

    private EightBitBlocks() {}

    static void write(SourceBlock source, byte[] output, int offset) {
        float magnitude = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            magnitude = Math.max(magnitude, Math.abs(source.value(i)));
        }
        float scale = magnitude / LIMIT;
        float inverse = scale != 0 ? 1 / scale : 0;
        Rounding.writeHalf(output, offset, scale);
        for (int i = 0; i < ELEMENTS; i++) {
            output[offset + Short.BYTES + i] = (byte) Rounding.halfAway(source.value(i) * inverse);
        }
    }
}
