package dev.tokamak.models.tokenizer;

import java.nio.charset.StandardCharsets;

/// How a vocabulary writes text in its normal tokens. Immutable.
sealed interface TokenSpelling {

    /// The bytes that a normal token stands for.
    byte[] bytes(String token);

    /// Whether encoding puts a blank before the text, which decoding takes away again.
    boolean blankFirst();

    /// A character for each byte.
    record ByteLevel() implements TokenSpelling {
        @Override
        public byte[] bytes(String token) {
            return ByteAlphabet.decode(token);
        }

        @Override
        public boolean blankFirst() {
            return false;
        }
    }

    /// Plain text, U+2581 for the blank.
    record SentencePiece(boolean blankFirst) implements TokenSpelling {
        @Override
        public byte[] bytes(String token) {
            return token.replace(SentencePieceEncoder.BLANK, ' ').getBytes(StandardCharsets.UTF_8);
        }
    }
}
