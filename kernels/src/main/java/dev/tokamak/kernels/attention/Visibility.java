package dev.tokamak.kernels.attention;

/// Which positions a token sees, counted from its own. Immutable.
///
/// @param before how many earlier positions
/// @param after how many later ones, whose keys must be stored before
/// @param chunked whether only those since the last multiple of `before + 1` are seen of the earlier ones
public record Visibility(int before, int after, boolean chunked) {

    public Visibility {
        if (before < 0 || after < 0) {
            throw new IllegalArgumentException(
                    "a token sees itself and so many before and after it, not %d and %d"
                            .formatted(before, after));
        }
    }

    /// So many earlier and later positions.
    public Visibility(int before, int after) {
        this(before, after, false);
    }

    /// All earlier positions.
    public static Visibility causal() {
        return new Visibility(Integer.MAX_VALUE, 0);
    }

    /// So many positions, the token's own included and the last.
    public static Visibility window(int positions) {
        if (positions < 1) {
            throw new IllegalArgumentException(
                    "a window has at least one position, not " + positions);
        }
        return new Visibility(positions - 1, 0);
    }

    /// The earlier positions of the same chunk of so many.
    public static Visibility chunk(int positions) {
        return new Visibility(window(positions).before, 0, true);
    }

    /// The whole sequence.
    public static Visibility everything() {
        return new Visibility(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /// So many positions to both sides.
    public static Visibility within(int distance) {
        return new Visibility(distance, distance);
    }

    /// The positions that a token sees up to its own; `Integer.MAX_VALUE` for all of them.
    public int window() {
        return before == Integer.MAX_VALUE ? Integer.MAX_VALUE : before + 1;
    }

    /// The first position that a token at this position sees.
    public int first(int position) {
        if (chunked) {
            return position - position % (before + 1);
        }
        return Math.max(0, position - before);
    }

    /// The last position that a token at this position sees in a sequence of so many tokens.
    public int last(int position, int tokens) {
        return after == 0
                ? position
                : Math.max(position, (int) Math.min((long) position + after, tokens - 1L));
    }
}
