package dev.tokamak.models.tokenizer.split;

import dev.tokamak.models.ModelException;

/// The text of a regular expression being read, and the errors about it. Confined to one thread.
final class ExpressionSource {

    private static final int SHOWN_CHARACTERS = 120;
    private static final int END = -1;

    private final String text;
    private final int[] codePoints;
    private int at;

    ExpressionSource(String text) {
        this.text = text;
        this.codePoints = CodePoints.of(text);
    }

    boolean atEnd() {
        return at == codePoints.length;
    }

    int length() {
        return codePoints.length;
    }

    /// The next character, or -1 at the end.
    int peek() {
        return peek(0);
    }

    int peek(int ahead) {
        return at + ahead < codePoints.length ? codePoints[at + ahead] : END;
    }

    int next() {
        if (atEnd()) {
            throw refuse("it ends too early");
        }
        return codePoints[at++];
    }

    /// Moves on if this comes next.
    boolean accept(String wanted) {
        for (int i = 0; i < wanted.length(); i++) {
            if (peek(i) != wanted.charAt(i)) {
                return false;
            }
        }
        at += wanted.length();
        return true;
    }

    void require(String wanted) {
        if (!accept(wanted)) {
            throw refuse("'" + wanted + "' is expected");
        }
    }

    /// What comes before this character, which is passed over too.
    String upTo(char stop) {
        StringBuilder passed = new StringBuilder();
        for (int next = next(); next != stop; next = next()) {
            passed.appendCodePoint(next);
        }
        return passed.toString();
    }

    /// A decimal number, or -1 where none comes next.
    int number(int limit) {
        if (peek() < '0' || peek() > '9') {
            return -1;
        }
        long value = 0;
        while (peek() >= '0' && peek() <= '9') {
            value = Math.min(10 * value + next() - '0', Integer.MAX_VALUE);
        }
        if (value > limit) {
            throw refuse("%d is beyond the limit of %d".formatted(value, limit));
        }
        return (int) value;
    }

    /// A hexadecimal number of at most so many digits.
    int hexadecimal(int digits) {
        int value = 0;
        int count = 0;
        while (count < digits && Character.digit(peek(), 16) >= 0 && peek() < 0x80) {
            value = 16 * value + Character.digit(next(), 16);
            count++;
        }
        if (count == 0 || value > Character.MAX_CODE_POINT) {
            throw refuse("a character's hexadecimal number is expected");
        }
        return value;
    }

    int position() {
        return at;
    }

    void moveTo(int position) {
        at = position;
    }

    ModelException refuse(String why) {
        String shown =
                text.length() <= SHOWN_CHARACTERS
                        ? text
                        : text.substring(0, SHOWN_CHARACTERS) + "...";
        return new ModelException(
                ModelException.Code.UNSUPPORTED,
                "the regular expression '%s' cannot be used: at character %d %s"
                        .formatted(shown, at, why));
    }
}
