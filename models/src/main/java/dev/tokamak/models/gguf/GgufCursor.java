package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// A position in a mapped GGUF file that moves forward and never past the end. Confined to one thread.
final class GgufCursor {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment memory;
    private final GgufFaults faults;
    private long position;

    GgufCursor(MemorySegment memory, GgufFaults faults, long position) {
        this.memory = memory;
        this.faults = faults;
        this.position = position;
    }

    long position() {
        return position;
    }

    long remaining() {
        return memory.byteSize() - position;
    }

    byte int8(String what) {
        return memory.get(ValueLayout.JAVA_BYTE, advance(1, what));
    }

    short int16(String what) {
        return memory.get(SHORT, advance(2, what));
    }

    int int32(String what) {
        return memory.get(INT, advance(4, what));
    }

    long int64(String what) {
        return memory.get(LONG, advance(8, what));
    }

    /// Reads a uint64 that counts things of at least `minimumBytes` each, which must fit into the rest of the file.
    long count(String what, long minimumBytes, long limit) {
        long count = int64(what);
        if (count < 0 || count > limit) {
            throw faults.corrupt(
                    what + " is " + Long.toUnsignedString(count) + ", the limit is " + limit);
        }
        if (count > remaining() / minimumBytes) {
            throw faults.corrupt(
                    "%s is %d, which needs at least %d bytes, but only %d follow"
                            .formatted(what, count, count * minimumBytes, remaining()));
        }
        return count;
    }

    /// Skips a string of at most `limit` bytes.
    void skipString(String what, long limit) {
        advance(count(what, 1, limit), what);
    }

    /// Reads a string; invalid UTF-8 becomes U+FFFD.
    String string(String what, long limit) {
        return new String(bytes(what, limit), StandardCharsets.UTF_8);
    }

    /// Reads a name, which must be valid UTF-8 and not empty.
    String name(String what, long limit) {
        byte[] bytes = bytes(what + " length", limit);
        if (bytes.length == 0) {
            throw faults.corrupt(what + " is empty");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw faults.corrupt(what + " is not valid UTF-8");
        }
    }

    void skip(long bytes, String what) {
        advance(bytes, what);
    }

    private byte[] bytes(String what, long limit) {
        int length = Math.toIntExact(count(what, 1, limit));
        byte[] bytes = new byte[length];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, advance(length, what), bytes, 0, length);
        return bytes;
    }

    private long advance(long bytes, String what) {
        if (bytes > remaining()) {
            throw endOfFile(bytes, what);
        }
        long start = position;
        position += bytes;
        return start;
    }

    private ModelException endOfFile(long bytes, String what) {
        return faults.corrupt(
                "truncated: %s needs %d bytes at offset %d, but the file ends at %d"
                        .formatted(what, bytes, position, memory.byteSize()));
    }
}
