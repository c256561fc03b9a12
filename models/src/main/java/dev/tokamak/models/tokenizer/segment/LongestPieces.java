package dev.tokamak.models.tokenizer.segment;

import dev.tokamak.models.tokenizer.split.IntList;

/// Cuts a word into vocabulary entries, each the longest that fits, as WordPiece does. Stateless.
public final class LongestPieces {

    private LongestPieces() {}

    /// The id of the part of a word, or a negative number when it is no piece.
    @FunctionalInterface
    public interface Lookup {
        int id(int from, int to);
    }

    /// Adds the pieces of a word of `length` characters, or nothing where some part has none.
    ///
    /// @param longest no piece is longer
    /// @return whether the word could be cut
    public static boolean cut(int length, int longest, Lookup lookup, IntList ids) {
        IntList pieces = new IntList(8);
        int from = 0;
        while (from < length) {
            int to = (int) Math.min(length, (long) from + longest);
            int id = -1;
            while (to > from) {
                id = lookup.id(from, to);
                if (id >= 0) {
                    break;
                }
                to--;
            }
            if (id < 0) {
                return false;
            }
            pieces.add(id);
            from = to;
        }
        for (int i = 0; i < pieces.size(); i++) {
            ids.add(pieces.at(i));
        }
        return true;
    }
}
