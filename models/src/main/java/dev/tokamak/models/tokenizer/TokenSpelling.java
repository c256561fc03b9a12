package dev.tokamak.models.tokenizer;

import dev.tokamak.models.tokenizer.segment.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// How a vocabulary writes text in its normal tokens. Immutable.
sealed interface TokenSpelling {

    /// The bytes that a normal token stands for.
    byte[] bytes(String token);

    /// The text of a whole sequence, made as the vocabulary's makers would show it.
    String tidied(String text);

    /// A character for each byte.
    record ByteLevel() implements TokenSpelling {
        @Override
        public byte[] bytes(String token) {
            return ByteAlphabet.decode(token);
        }

        @Override
        public String tidied(String text) {
            return text;
        }
    }

    /// Plain text, U+2581 for the blank.
    ///
    /// @param blankFirst whether encoding puts a blank before the text, which decoding takes away again
    record SentencePiece(boolean blankFirst) implements TokenSpelling {
        @Override
        public byte[] bytes(String token) {
            return token.replace(SentencePieceEncoder.BLANK, ' ').getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String tidied(String text) {
            return blankFirst && text.startsWith(" ") ? text.substring(1) : text;
        }
    }

    /// Plain text, U+2581 before words. Marks lose the blank before them, as do common endings after an apostrophe.
    record WordPiece() implements TokenSpelling {
        private static final Pattern MARK = Pattern.compile(" (?=[?!.,])");
        private static final Pattern APOSTROPHE = Pattern.compile(" ' ");
        private static final Pattern ENDING = Pattern.compile(" (?='(?:s|m|re|ve))");

        @Override
        public byte[] bytes(String token) {
            return token.replace(SentencePieceEncoder.BLANK, ' ').getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String tidied(String text) {
            String first = text.isEmpty() ? "" : text.substring(0, 1);
            String rest = text.isEmpty() ? "" : text.substring(1);
            String marks = MARK.matcher(rest).replaceAll("");
            String quotes = APOSTROPHE.matcher(marks).replaceAll("'");
            return first + ENDING.matcher(quotes).replaceAll("");
        }
    }
}
