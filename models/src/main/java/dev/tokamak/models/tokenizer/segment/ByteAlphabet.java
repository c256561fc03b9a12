package dev.tokamak.models.tokenizer.segment;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The visible characters in which byte-level vocabularies write bytes: printable Latin-1 stands for itself, the other
/// bytes for U+0100 and up. Stateless.
public final class ByteAlphabet {

    private static final char[] CHARACTERS = new char[256];
    private static final short[] BYTES = new short[0x100 + 68];

    static {
        Arrays.fill(BYTES, (short) -1);
        char invisible = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean visible =
                    (value >= 0x21 && value <= 0x7E)
                            || (value >= 0xA1 && value <= 0xAC)
                            || value >= 0xAE;
            CHARACTERS[value] = visible ? (char) value : invisible++;
            BYTES[CHARACTERS[value]] = (short) value;
        }
    }

    private ByteAlphabet() {}

    public static char character(byte value) {
        return CHARACTERS[value & 0xFF];
    }

    /// The bytes that a token's text stands for; a text with other characters in it stands for itself.
    public static byte[] decode(String text) {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            char character = text.charAt(i);
            int value = character < BYTES.length ? BYTES[character] : -1;
            if (value < 0) {
                return text.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }
}
