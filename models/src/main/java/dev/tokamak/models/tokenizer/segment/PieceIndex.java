package dev.tokamak.models.tokenizer.segment;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Finds the pieces that a text begins with at some place. Immutable.
public final class PieceIndex {

    /* The pieces lie sorted; reading a text, the range of those that agree with it so far shrinks character by
     * character. So it needs no more memory than the pieces and their ids. */

    /// Longer pieces are never found, so that a text of the same character does not take its length squared.
    private static final int LONGEST_CHARACTERS = 1_024;

    private final String[] pieces;
    private final int[] ids;

    /// @param texts pieces by id; empty ones and those that `wanted` leaves out are never found
    public PieceIndex(List<String> texts, java.util.function.IntPredicate wanted) {
        Integer[] order = new Integer[texts.size()];
        int count = 0;
        for (int id = 0; id < texts.size(); id++) {
            int length = texts.get(id).length();
            if (length > 0 && length <= LONGEST_CHARACTERS && wanted.test(id)) {
                order[count++] = id;
            }
        }
        Arrays.parallelSort(order, 0, count, Comparator.comparing(texts::get));
        pieces = new String[count];
        ids = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = order[i];
            pieces[i] = texts.get(ids[i]);
        }
    }

    /// Told of a piece: its id and where it ends.
    @FunctionalInterface
    public interface Found {
        void piece(int id, int end);
    }

    /// Finds all pieces that begin at `from`, the shortest first.
    public void find(String text, int from, Found found) {
        int low = 0;
        int high = pieces.length;
        for (int depth = 0; from + depth < text.length() && low < high; depth++) {
            char next = text.charAt(from + depth);
            low = bound(low, high, depth, next);
            high = bound(low, high, depth, next + 1);
            if (low < high && pieces[low].length() == depth + 1) {
                found.piece(ids[low], from + depth + 1);
            }
        }
    }

    /// The first of the range whose character there is not below a value.
    private int bound(int from, int to, int depth, int value) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            String piece = pieces[middle];
            if (piece.length() <= depth || piece.charAt(depth) < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
