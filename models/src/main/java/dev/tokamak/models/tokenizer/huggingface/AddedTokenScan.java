package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.segment.PieceIndex;
import dev.tokamak.models.tokenizer.split.CodePoints;
import java.util.BitSet;
import java.util.List;

/// Finds added tokens in a text, from left to right and the longest first. Immutable.
final class AddedTokenScan {

    private final List<AddedToken> tokens;
    private final PieceIndex index;
    private final BitSet firstCharacters = new BitSet();

    /// @param normaliser what changes the tokens' texts before they are looked for
    AddedTokenScan(List<AddedToken> tokens, Normaliser normaliser) {
        this.tokens = tokens;
        List<String> texts =
                tokens.stream().map(token -> normaliser.apply(token.content())).toList();
        this.index = new PieceIndex(texts, _ -> true);
        texts.stream()
                .filter(text -> !text.isEmpty())
                .forEach(text -> firstCharacters.set(text.charAt(0)));
    }

    /// Told of the parts of a text in order.
    interface Parts {
        void text(int from, int to);

        void token(int id);
    }

    /// @param parseSpecial whether special tokens are found, or only others
    void scan(String text, boolean parseSpecial, Parts parts) {
        int from = 0;
        int at = 0;
        while (at < text.length()) {
            Longest longest = new Longest();
            if (firstCharacters.get(text.charAt(at))) {
                index.find(text, at, longest);
            }
            if (longest.end == 0) {
                at++;
                continue;
            }
            AddedToken found = tokens.get(longest.token);
            int end = longest.end;
            boolean isWanted =
                    (parseSpecial || !found.special())
                            && (!found.singleWord() || standsAlone(text, at, end));
            if (isWanted) {
                int start = found.stripLeft() ? spaceStart(text, from, at) : at;
                int resume = found.stripRight() ? spaceEnd(text, end) : end;
                if (start > from) {
                    parts.text(from, start);
                }
                parts.token(found.id());
                from = resume;
                end = resume;
            }
            at = end;
        }
        if (from < text.length()) {
            parts.text(from, text.length());
        }
    }

    private static boolean standsAlone(String text, int start, int end) {
        boolean before = start > 0 && CodePoints.isWord(text.codePointBefore(start));
        boolean after = end < text.length() && CodePoints.isWord(text.codePointAt(end));
        return !before && !after;
    }

    private static int spaceStart(String text, int from, int at) {
        int start = at;
        while (start > from && CodePoints.isSpace(text.charAt(start - 1))) {
            start--;
        }
        return start;
    }

    private static int spaceEnd(String text, int at) {
        int end = at;
        while (end < text.length() && CodePoints.isSpace(text.charAt(end))) {
            end++;
        }
        return end;
    }

    /// The last token told of, which is the longest. Confined to one thread.
    private static final class Longest implements PieceIndex.Found {

        private int token;
        private int end;

        @Override
        public void piece(int foundToken, int foundEnd) {
            token = foundToken;
            end = foundEnd;
        }
    }
}
