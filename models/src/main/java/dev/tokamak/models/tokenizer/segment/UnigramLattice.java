package dev.tokamak.models.tokenizer.segment;

import java.util.Arrays;

/// The best way to cut a text into scored pieces, by Viterbi's algorithm; what no piece covers is unknown. Immutable.
public final class UnigramLattice {

    /// How much worse than the worst piece an unknown character is.
    public static final double UNKNOWN_PENALTY = 10;

    private final PieceIndex index;
    private final double[] scores;
    private final int unknown;
    private final double unknownScore;

    /// @param scores of the pieces by id, logarithms of their probabilities
    /// @param unknown the id of what no piece covers
    public UnigramLattice(PieceIndex index, double[] scores, int unknown, double unknownScore) {
        this.index = index;
        this.scores = scores.clone();
        this.unknown = unknown;
        this.unknownScore = unknownScore;
    }

    /// Told of a piece of the best cut: its id and where it lies.
    @FunctionalInterface
    public interface Cut {
        void piece(int id, int from, int to);
    }

    /// Cuts a text, from left to right. Unknown characters side by side are one piece.
    public void cut(String text, Cut cut) {
        Path path = new Path(text.length());
        for (int at = 0; at < text.length(); ) {
            int next = at + Character.charCount(text.codePointAt(at));
            path.extend(text, at, next);
            at = next;
        }
        path.walk(text.length(), cut);
    }

    /// The best cuts of all beginnings of a text. Confined to one thread.
    private final class Path implements PieceIndex.Found {

        private final double[] bestScores;
        private final int[] bestIds;
        private final int[] bestStarts;
        private int from;
        private int characterEnd;
        private boolean isCovered;

        Path(int length) {
            bestScores = new double[length + 1];
            Arrays.fill(bestScores, 1, length + 1, Double.NEGATIVE_INFINITY);
            bestIds = new int[length + 1];
            bestStarts = new int[length + 1];
        }

        void extend(String text, int at, int next) {
            from = at;
            characterEnd = next;
            isCovered = false;
            index.find(text, at, this);
            if (!isCovered) {
                offer(unknown, next, unknownScore);
            }
        }

        @Override
        public void piece(int id, int end) {
            isCovered |= end == characterEnd;
            offer(id, end, scores[id]);
        }

        private void offer(int id, int end, double score) {
            double total = bestScores[from] + score;
            if (total > bestScores[end]) {
                bestScores[end] = total;
                bestIds[end] = id;
                bestStarts[end] = from;
            }
        }

        void walk(int length, Cut cut) {
            int[] ends = new int[length + 1];
            int count = 0;
            for (int at = length; at > 0; at = bestStarts[at]) {
                ends[count++] = at;
            }
            for (int i = count - 1; i >= 0; i--) {
                int start = bestStarts[ends[i]];
                int id = bestIds[ends[i]];
                while (id == unknown && i > 0 && bestIds[ends[i - 1]] == unknown) {
                    i--;
                }
                cut.piece(id, start, ends[i]);
            }
        }
    }
}
