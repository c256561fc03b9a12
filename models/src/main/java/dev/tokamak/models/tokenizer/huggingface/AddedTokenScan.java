package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.split.CodePoints;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds added tokens in a text, from left to right and the longest first. Immutable.
final class AddedTokenScan {

    private static final class Node {
        private final Map<Character, Node> children = new HashMap<>();
        private @Nullable AddedToken token;
    }

    private final Node root = new Node();

    /// @param normaliser what changes the tokens' texts before they are looked for
    AddedTokenScan(List<AddedToken> tokens, Normaliser normaliser) {
        for (AddedToken token : tokens) {
            String text = normaliser.apply(token.content());
            Node node = root;
            for (int i = 0; i < text.length(); i++) {
                node = node.children.computeIfAbsent(text.charAt(i), _ -> new Node());
            }
            node.token = text.isEmpty() || node.token != null ? node.token : token;
        }
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
            AddedToken found = null;
            int end = at;
            Node node = root.children.get(text.charAt(at));
            for (int i = at + 1; node != null; i++) {
                if (node.token != null) {
                    found = node.token;
                    end = i;
                }
                node = i < text.length() ? node.children.get(text.charAt(i)) : null;
            }
            if (found == null) {
                at++;
                continue;
            }
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
}
