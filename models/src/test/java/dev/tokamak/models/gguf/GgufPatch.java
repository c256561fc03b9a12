package dev.tokamak.models.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Spoils a valid GGUF file at chosen places. Confined to one thread.
final class GgufPatch {

    private static final int VERSION_OFFSET = 4;
    private static final int TENSOR_COUNT_OFFSET = 8;
    private static final int METADATA_COUNT_OFFSET = 16;

    private final ByteBuffer bytes;

    GgufPatch(GgufBuilder builder) {
        this.bytes = ByteBuffer.wrap(builder.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    GgufPatch magic(int value) {
        bytes.putInt(0, value);
        return this;
    }

    GgufPatch version(int value) {
        bytes.putInt(VERSION_OFFSET, value);
        return this;
    }

    GgufPatch tensorCount(long value) {
        bytes.putLong(TENSOR_COUNT_OFFSET, value);
        return this;
    }

    GgufPatch metadataCount(long value) {
        bytes.putLong(METADATA_COUNT_OFFSET, value);
        return this;
    }

    /// Overwrites the length in front of the first occurrence of a string.
    GgufPatch lengthOf(String text, long value) {
        bytes.putLong(after(text) - length(text) - Long.BYTES, value);
        return this;
    }

    /// Overwrites the four bytes that begin so far behind the first occurrence of a string.
    GgufPatch intAfter(String text, int distance, int value) {
        bytes.putInt(after(text) + distance, value);
        return this;
    }

    GgufPatch longAfter(String text, int distance, long value) {
        bytes.putLong(after(text) + distance, value);
        return this;
    }

    GgufPatch byteAfter(String text, int distance, int value) {
        bytes.put(after(text) + distance, (byte) value);
        return this;
    }

    /// Replaces the first occurrence of a string by another of the same length.
    GgufPatch replace(String text, String other) {
        bytes.put(after(text) - length(text), other.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    byte[] toBytes() {
        return bytes.array();
    }

    private int after(String text) {
        int index = new String(bytes.array(), StandardCharsets.ISO_8859_1).indexOf(text);
        if (index < 0) {
            throw new IllegalArgumentException("'" + text + "' is not in the file");
        }
        return index + length(text);
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1).length;
    }
}
