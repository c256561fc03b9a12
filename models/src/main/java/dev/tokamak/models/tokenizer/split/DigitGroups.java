package dev.tokamak.models.tokenizer.split;

/// Cuts numbers into groups of three from the right, so that 1234567 becomes 1, 234 and 567. Immutable.
///
/// @param digits what numbers consist of
record DigitGroups(Splitter.Membership digits, Bounds bounds) implements Splitter {

    /// What becomes of the places where numbers begin and end.
    enum Bounds {
        /// Numbers are cut off from what is around them.
        CUT,
        /// The same, but a number that a letter or the like follows stays as it is.
        CUT_WORDS,
        /// Only the groups are cut, each from what is before it.
        KEPT
    }

    private static final int GROUP = 3;

    @Override
    public void split(int[] text, int from, int to, IntList ends) {
        int at = from;
        int start = from;
        while (at < to) {
            int end = at;
            while (end < to && digits.has(text[end])) {
                end++;
            }
            boolean isWord = end < to && CodePoints.isWord(text[end]);
            if (end == at) {
                at++;
                continue;
            }
            if (bounds != Bounds.CUT_WORDS || !isWord) {
                start = cut(at, end, start, ends);
            }
            at = end;
        }
        if (to > start) {
            ends.add(to);
        }
    }

    /// Cuts one number and answers where the last cut is.
    private int cut(int at, int end, int start, IntList ends) {
        int last = start;
        int first = bounds == Bounds.KEPT ? at + (end - at) % GROUP : at;
        int afterFirst = first == at ? at + ((end - at - 1) % GROUP + 1) : first + GROUP;
        for (int cut = first; cut <= end; cut = cut == first ? afterFirst : cut + GROUP) {
            boolean isEnd = cut == end && bounds == Bounds.KEPT;
            if (cut > last && !isEnd) {
                ends.add(cut);
                last = cut;
            }
        }
        return last;
    }
}
