package dev.tokamak.models.tokenizer.split;

/// Cuts numbers into groups of three from the right, so that 1234567 becomes 1, 234 and 567. Immutable.
///
/// @param digits what numbers consist of
/// @param wordsOnly whether a number that a letter or the like follows stays as it is
record DigitGroups(Splitter.Membership digits, boolean wordsOnly) implements Splitter {

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
            if (end == at) {
                at++;
                continue;
            }
            if (!wordsOnly || end == to || !CodePoints.isWord(text[end])) {
                if (at > start) {
                    ends.add(at);
                }
                for (int cut = at + (end - at - 1) % GROUP + 1; cut <= end; cut += GROUP) {
                    ends.add(cut);
                }
                start = end;
            }
            at = end;
        }
        if (to > start) {
            ends.add(to);
        }
    }
}
