package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.Expression;
import dev.tokamak.models.tokenizer.split.IntList;
import dev.tokamak.models.tokenizer.split.Splitter;
import java.util.List;

/// Where a piece is cut: what matches some pattern, and what becomes of it. Immutable.
///
/// @param pattern finds the matches
/// @param inverted whether the matches are what lies between instead
record Delimiters(Pattern pattern, boolean inverted, Behavior behavior) implements Cutter {

    /// What becomes of a match.
    enum Behavior {
        REMOVED,
        ISOLATED,
        MERGED_WITH_PREVIOUS,
        MERGED_WITH_NEXT,
        CONTIGUOUS;

        static Behavior read(Fields fields, String otherwise) {
            return switch (fields.string("behavior", otherwise)) {
                case "Removed" -> REMOVED;
                case "Isolated" -> ISOLATED;
                case "MergedWithPrevious" -> MERGED_WITH_PREVIOUS;
                case "MergedWithNext" -> MERGED_WITH_NEXT;
                case "Contiguous" -> CONTIGUOUS;
                default ->
                        throw fields.unsupported(
                                "the behavior '%s' is not supported"
                                        .formatted(Fields.shown(fields.string("behavior"))));
            };
        }
    }

    /// Finds matches in a text.
    @FunctionalInterface
    interface Pattern {
        void find(int[] text, Expression.Matches matches);
    }

    static Delimiters of(Splitter.Membership members, Behavior behavior) {
        return new Delimiters(
                (text, matches) -> {
                    for (int at = 0; at < text.length; at++) {
                        if (members.has(text[at])) {
                            matches.found(at, at + 1);
                        }
                    }
                },
                false,
                behavior);
    }

    static Delimiters of(Expression expression, boolean inverted, Behavior behavior) {
        return new Delimiters(
                (text, matches) -> expression.forEachMatch(text, 0, text.length, matches),
                inverted,
                behavior);
    }

    static Delimiters ofText(String wanted, boolean inverted, Behavior behavior) {
        int[] sought = CodePoints.of(wanted);
        return new Delimiters(
                (text, matches) -> {
                    int at = 0;
                    while (sought.length > 0 && at + sought.length <= text.length) {
                        int end = at + sought.length;
                        if (java.util.Arrays.equals(text, at, end, sought, 0, sought.length)) {
                            matches.found(at, end);
                            at = end;
                        } else {
                            at++;
                        }
                    }
                },
                inverted,
                behavior);
    }

    @Override
    public void cut(Piece piece, List<Piece> pieces) {
        int[] text = CodePoints.of(piece.text());
        Parts parts = new Parts();
        pattern.find(text, parts::found);
        parts.found(text.length, text.length);
        IntList cuts = parts.cuts(inverted, behavior);
        for (int i = 0; i < cuts.size(); i += 2) {
            int start = cuts.at(i);
            int end = cuts.at(i + 1);
            if (end > start) {
                pieces.add(
                        new Piece(
                                new String(text, start, end - start),
                                piece.atStart() && start == 0));
            }
        }
    }

    /// The matches of one piece and what lies between them. Confined to one thread.
    private static final class Parts {

        private final IntList ends = new IntList(32);
        private final IntList matched = new IntList(32);
        private int last;

        void found(int start, int end) {
            add(start, 0);
            add(end, 1);
        }

        private void add(int end, int isMatch) {
            if (end > last) {
                ends.add(end);
                matched.add(isMatch);
                last = end;
            }
        }

        /// Starts and ends of what is left.
        IntList cuts(boolean inverted, Behavior behavior) {
            IntList cuts = new IntList(2 * ends.size());
            int from = 0;
            for (int i = 0; i < ends.size(); i++) {
                boolean match = isMatch(i, inverted);
                int end = ends.at(i);
                boolean nextMatches = i + 1 < ends.size() && isMatch(i + 1, inverted);
                boolean hasNext = i + 1 < ends.size();
                boolean closes =
                        switch (behavior) {
                            case REMOVED, ISOLATED -> true;
                            case CONTIGUOUS -> !hasNext || nextMatches != match;
                            case MERGED_WITH_PREVIOUS -> match || !nextMatches;
                            case MERGED_WITH_NEXT -> !match || nextMatches;
                        };
                if (behavior == Behavior.REMOVED && match) {
                    from = end;
                } else if (closes || !hasNext) {
                    cuts.add(from);
                    cuts.add(end);
                    from = end;
                }
            }
            return cuts;
        }

        private boolean isMatch(int part, boolean inverted) {
            return matched.at(part) == 1 != inverted;
        }
    }
}
