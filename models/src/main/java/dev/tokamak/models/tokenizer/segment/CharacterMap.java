package dev.tokamak.models.tokenizer.segment;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What SentencePiece replaces in texts before it cuts them (`precompiled_charsmap`): sequences of bytes and what stands
/// for them. Immutable.
public final class CharacterMap {

    /* Four bytes that say how long the trie is, the trie, then the replacements, each ended by a zero byte. The trie is
     * a double array: a unit holds its label in bits 0 to 7, whether a value follows in bit 8 and the offset to its
     * children in bits 10 to 30, counted in 256 when bit 9 is set; a unit of which bit 31 is set is a value. */

    private static final int HEADER_BYTES = 4;
    private static final int LABEL = 0x8000_00FF;

    private final int[] units;
    private final byte[] replacements;

    private CharacterMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /// Reads a map; empty when the bytes are none: their header must fit their number.
    public static Optional<CharacterMap> read(byte[] bytes) {
        if (bytes.length < HEADER_BYTES) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long trieBytes = Integer.toUnsignedLong(buffer.getInt());
        if (trieBytes % Integer.BYTES != 0 || trieBytes == 0 || trieBytes > buffer.remaining()) {
            return Optional.empty();
        }
        int[] units = new int[(int) trieBytes / Integer.BYTES];
        buffer.asIntBuffer().get(units);
        buffer.position(buffer.position() + (int) trieBytes);
        byte[] replacements = new byte[buffer.remaining()];
        buffer.get(replacements);
        return Optional.of(new CharacterMap(units, replacements));
    }

    /// What is found at some place: how many bytes it takes and where what stands for them begins. Lengths of 0 mean that
    /// nothing is found.
    private record Match(int lengthBytes, int replacement) {
        static final Match NONE = new Match(0, 0);
    }

    /// Replaces every longest sequence that the map knows, as SentencePiece does.
    public String replaceLongest(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream result = new ByteArrayOutputStream(bytes.length + 16);
        int at = 0;
        while (at < bytes.length) {
            Match match = find(bytes, at, bytes.length, true);
            if (match.lengthBytes() > 0) {
                write(match, result);
                at += match.lengthBytes();
            } else {
                int length = characterBytes(bytes, at);
                result.write(bytes, at, length);
                at += length;
            }
        }
        return result.toString(StandardCharsets.UTF_8);
    }

    /// What stands for a whole part of a text if the map knows a beginning of it, the shortest such.
    public Optional<String> replacementOf(String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        Match match = find(bytes, 0, bytes.length, false);
        if (match.lengthBytes() == 0) {
            return Optional.empty();
        }
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        write(match, result);
        return Optional.of(result.toString(StandardCharsets.UTF_8));
    }

    private Match find(byte[] bytes, int from, int to, boolean longest) {
        Match found = Match.NONE;
        int node = offset(unit(0));
        for (int at = from; at < to; at++) {
            int label = bytes[at] & 0xFF;
            if (label == 0) {
                break;
            }
            node ^= label;
            int unit = unit(node);
            if ((unit & LABEL) != label) {
                break;
            }
            node ^= offset(unit);
            if ((unit >>> 8 & 1) != 0) {
                found = new Match(at - from + 1, unit(node) & Integer.MAX_VALUE);
                if (!longest) {
                    return found;
                }
            }
        }
        return found;
    }

    /// A unit, or where there is none one that no label fits.
    private int unit(int index) {
        return index >= 0 && index < units.length ? units[index] : Integer.MIN_VALUE;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    private void write(Match match, ByteArrayOutputStream result) {
        for (int i = match.replacement(); i < replacements.length && replacements[i] != 0; i++) {
            result.write(replacements[i]);
        }
    }

    private static int characterBytes(byte[] bytes, int at) {
        int end = at + 1;
        while (end < bytes.length && (bytes[end] & 0xC0) == 0x80) {
            end++;
        }
        return end - at;
    }
}
