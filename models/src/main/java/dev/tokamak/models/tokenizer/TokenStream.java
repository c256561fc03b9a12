package dev.tokamak.models.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Decodes tokens one by one into text that never ends within a UTF-8 character: incomplete bytes wait for the tokens
/// that complete them, and invalid ones become U+FFFD. Control tokens give no text. Confined to one thread.
public final class TokenStream {

    private static final int LONGEST_CHARACTER_BYTES = 4;

    private final Tokenizer tokenizer;
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer waiting = ByteBuffer.allocate(0);

    TokenStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// The text that this token completes, possibly empty.
    public String append(int token) {
        return decode(tokenizer.bytes(token, false), false);
    }

    /// The text of bytes that no token completed, as U+FFFD, or empty; call once at the end.
    public String finish() {
        return decode(new byte[0], true);
    }

    private String decode(byte[] added, boolean last) {
        ByteBuffer bytes = ByteBuffer.allocate(waiting.remaining() + added.length);
        bytes.put(waiting).put(added).flip();
        CharBuffer text = CharBuffer.allocate(bytes.remaining() + LONGEST_CHARACTER_BYTES);
        decoder.reset();
        decoder.decode(bytes, text, last);
        waiting = bytes;
        return text.flip().toString();
    }
}
