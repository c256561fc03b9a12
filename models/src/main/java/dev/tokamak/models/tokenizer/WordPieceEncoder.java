package dev.tokamak.models.tokenizer;

import dev.tokamak.models.tokenizer.segment.LongestPieces;
import dev.tokamak.models.tokenizer.segment.PieceIndex;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.IntList;
import java.text.Normalizer;
import java.util.function.Consumer;

/// WordPiece: words and marks of their own, each cut into the longest pieces there are, U+2581 before the first; a word
/// that cannot be cut is unknown. Thread-safe.
final class WordPieceEncoder implements FragmentEncoder {

    /* Accents are stripped as llama.cpp does it, whose files these are: of a character's decomposition only the first
     * character is kept, and every kind of mark is dropped, also those that spell vowels in Indian scripts. */

    /// How a vocabulary wants texts normalised.
    record Normalisation(boolean lowercase, boolean stripAccents) {}

    private static final int REPLACEMENT = 0xFFFD;

    private final LongestPieces pieces;
    private final Normalisation normalisation;
    private final int unknown;

    WordPieceEncoder(TokenTable table, Normalisation normalisation, int unknown) {
        PieceIndex index = new PieceIndex(table.texts(), _ -> true);
        this.pieces = new LongestPieces(index, index);
        this.normalisation = normalisation;
        this.unknown = unknown;
    }

    @Override
    public void encode(String text, boolean atStart, IntList ids) {
        forEachWord(text, word -> add(SentencePieceEncoder.BLANK + word, ids));
    }

    private void add(String word, IntList ids) {
        if (!pieces.cut(word, ids)) {
            ids.add(unknown);
        }
    }

    private void forEachWord(String text, Consumer<String> words) {
        StringBuilder word = new StringBuilder();
        for (int original : CodePoints.of(text)) {
            int codePoint = normalisation.stripAccents() ? withoutAccents(original) : original;
            if (CodePoints.isSpace(codePoint)) {
                flush(word, words);
            } else if (!isDropped(codePoint)) {
                int lower =
                        normalisation.lowercase() ? Character.toLowerCase(codePoint) : codePoint;
                if (isAlone(codePoint)) {
                    flush(word, words);
                    words.accept(Character.toString(lower));
                } else {
                    word.appendCodePoint(lower);
                }
            }
        }
        flush(word, words);
    }

    private static void flush(StringBuilder word, Consumer<String> words) {
        if (!word.isEmpty()) {
            words.accept(word.toString());
            word.setLength(0);
        }
    }

    private static int withoutAccents(int codePoint) {
        return codePoint < 0x80
                ? codePoint
                : Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFD)
                        .codePointAt(0);
    }

    private boolean isDropped(int codePoint) {
        return codePoint == 0
                || codePoint == REPLACEMENT
                || CodePoints.isControl(codePoint)
                || (normalisation.stripAccents() && CodePoints.isMark(codePoint));
    }

    private static boolean isAlone(int codePoint) {
        return CodePoints.isPunctuation(codePoint)
                || (codePoint < 0x7F && CodePoints.isPunctuationOrSymbol(codePoint))
                || CodePoints.isBertIdeograph(codePoint);
    }
}
