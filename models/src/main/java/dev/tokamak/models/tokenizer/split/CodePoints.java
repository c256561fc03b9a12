package dev.tokamak.models.tokenizer.split;

import java.util.Arrays;

/// The classes of Unicode characters that pre-tokenizers tell apart, and sets of code points. Stateless.
public final class CodePoints {

    /* White space is Unicode's property White_Space, of which \s in Java's expressions covers ASCII only and
     * Character.isWhitespace something else. */

    private static final int LETTERS =
            1 << Character.UPPERCASE_LETTER
                    | 1 << Character.LOWERCASE_LETTER
                    | 1 << Character.TITLECASE_LETTER
                    | 1 << Character.MODIFIER_LETTER
                    | 1 << Character.OTHER_LETTER;
    private static final int NUMBERS =
            1 << Character.DECIMAL_DIGIT_NUMBER
                    | 1 << Character.LETTER_NUMBER
                    | 1 << Character.OTHER_NUMBER;
    private static final int MARKS =
            1 << Character.NON_SPACING_MARK
                    | 1 << Character.ENCLOSING_MARK
                    | 1 << Character.COMBINING_SPACING_MARK;
    private static final int PUNCTUATION =
            1 << Character.CONNECTOR_PUNCTUATION
                    | 1 << Character.DASH_PUNCTUATION
                    | 1 << Character.START_PUNCTUATION
                    | 1 << Character.END_PUNCTUATION
                    | 1 << Character.INITIAL_QUOTE_PUNCTUATION
                    | 1 << Character.FINAL_QUOTE_PUNCTUATION
                    | 1 << Character.OTHER_PUNCTUATION;
    private static final int SYMBOLS =
            1 << Character.MATH_SYMBOL
                    | 1 << Character.CURRENCY_SYMBOL
                    | 1 << Character.MODIFIER_SYMBOL
                    | 1 << Character.OTHER_SYMBOL;

    private static final int WORD_EXTRAS =
            1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.CONNECTOR_PUNCTUATION;

    private static final int CONTROLS =
            1 << Character.CONTROL
                    | 1 << Character.FORMAT
                    | 1 << Character.PRIVATE_USE
                    | 1 << Character.SURROGATE;

    private CodePoints() {}

    public static boolean isLetter(int codePoint) {
        return is(codePoint, LETTERS);
    }

    public static boolean isLetterOrMark(int codePoint) {
        return is(codePoint, LETTERS | MARKS);
    }

    public static boolean isMark(int codePoint) {
        return is(codePoint, MARKS);
    }

    /// Control characters, format characters, private use and halves of surrogate pairs.
    public static boolean isControl(int codePoint) {
        return is(codePoint, CONTROLS);
    }

    public static boolean isNumber(int codePoint) {
        return is(codePoint, NUMBERS);
    }

    public static boolean isPunctuation(int codePoint) {
        return is(codePoint, PUNCTUATION);
    }

    public static boolean isPunctuationOrSymbol(int codePoint) {
        return is(codePoint, PUNCTUATION | SYMBOLS);
    }

    public static boolean isLetterPunctuationOrSymbol(int codePoint) {
        return is(codePoint, LETTERS | PUNCTUATION | SYMBOLS);
    }

    private static boolean is(int codePoint, int types) {
        return (1 << Character.getType(codePoint) & types) != 0;
    }

    /// What `\w` means: letters, marks, decimal digits and connectors such as the underscore.
    public static boolean isWord(int codePoint) {
        return is(codePoint, LETTERS | MARKS | WORD_EXTRAS) || Character.isAlphabetic(codePoint);
    }

    public static boolean isSpace(int codePoint) {
        if (codePoint < 0x80) {
            return codePoint == ' ' || (codePoint >= '\t' && codePoint <= '\r');
        }
        return switch (codePoint) {
            case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
            default -> codePoint >= 0x2000 && codePoint <= 0x200A;
        };
    }

    /// What BERT takes for a Chinese character, which is a word of its own. One block begins later than it should, as in
    /// the tokenizers that models were trained with.
    public static boolean isBertIdeograph(int codePoint) {
        return (codePoint >= 0x4E00 && codePoint <= 0x9FFF)
                || (codePoint >= 0x3400 && codePoint <= 0x4DBF)
                || (codePoint >= 0x20000 && codePoint <= 0x2A6DF)
                || (codePoint >= 0x2A700 && codePoint <= 0x2B73F)
                || (codePoint >= 0x2B740 && codePoint <= 0x2B81F)
                || (codePoint >= 0x2B920 && codePoint <= 0x2CEAF)
                || (codePoint >= 0xF900 && codePoint <= 0xFAFF)
                || (codePoint >= 0x2F800 && codePoint <= 0x2FA1F);
    }

    public static boolean isLineBreak(int codePoint) {
        return codePoint == '\r' || codePoint == '\n';
    }

    public static boolean isAsciiLetter(int codePoint) {
        return (codePoint >= 'A' && codePoint <= 'Z') || (codePoint >= 'a' && codePoint <= 'z');
    }

    /// A set of code points, written as ranges of hexadecimal numbers. White space beyond ASCII is never in it.
    static Splitter.Membership ranges(String ranges) {
        String[] parts = ranges.strip().split("\\s+");
        int[] firsts = new int[parts.length];
        int[] lasts = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            String[] ends = parts[i].split("-");
            firsts[i] = Integer.parseInt(ends[0], 16);
            lasts[i] = Integer.parseInt(ends[ends.length - 1], 16);
        }
        return codePoint -> {
            int at = Arrays.binarySearch(firsts, codePoint);
            int range = at >= 0 ? at : -at - 2;
            return range >= 0
                    && codePoint <= lasts[range]
                    && (codePoint < 0x80 || !isSpace(codePoint));
        };
    }

    /// The code points of a text; half a surrogate pair counts as U+FFFD.
    public static int[] of(String text) {
        int[] codePoints = text.codePoints().toArray();
        for (int i = 0; i < codePoints.length; i++) {
            if (codePoints[i] >= Character.MIN_SURROGATE
                    && codePoints[i] <= Character.MAX_SURROGATE) {
                codePoints[i] = 0xFFFD;
            }
        }
        return codePoints;
    }
}
