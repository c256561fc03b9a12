package dev.tokamak.models.tokenizer.segment;

import dev.tokamak.models.tokenizer.split.IntList;

/// Cuts words into vocabulary entries, each the longest that fits, as WordPiece does. Immutable.
public final class LongestPieces {

    private final PieceIndex first;
    private final PieceIndex rest;

    /// @param first what words may begin with
    /// @param rest what they may go on with
    public LongestPieces(PieceIndex first, PieceIndex rest) {
        this.first = first;
        this.rest = rest;
    }

    /// Adds the pieces of a word, or nothing where some part of it has none.
    ///
    /// @return whether the word could be cut
    public boolean cut(String word, IntList ids) {
        IntList pieces = new IntList(8);
        Longest longest = new Longest();
        int from = 0;
        while (from < word.length()) {
            longest.end = from;
            (from == 0 ? first : rest).find(word, from, longest);
            if (longest.end == from) {
                return false;
            }
            pieces.add(longest.id);
            from = longest.end;
        }
        for (int i = 0; i < pieces.size(); i++) {
            ids.add(pieces.at(i));
        }
        return true;
    }

    /// The last piece told of, which is the longest. Confined to one thread.
    private static final class Longest implements PieceIndex.Found {

        private int id;
        private int end;

        @Override
        public void piece(int foundId, int foundEnd) {
            id = foundId;
            end = foundEnd;
        }
    }
}
