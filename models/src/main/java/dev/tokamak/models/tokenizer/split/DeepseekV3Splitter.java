package dev.tokamak.models.tokenizer.split;

/// ``[!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+``.
/// Stateless.
final class DeepseekV3Splitter implements Splitter {

    @Override
    public void split(int[] text, int from, int to, IntList ends) {
        int start = from;
        int at = from;
        while (at < to) {
            int end = end(text, at, to);
            if (end == at) {
                at++;
                continue;
            }
            if (at > start) {
                ends.add(at);
            }
            ends.add(end);
            start = end;
            at = end;
        }
        if (to > start) {
            ends.add(to);
        }
    }

    private static int end(int[] text, int at, int to) {
        int first = text[at];
        int next = at + 1 < to ? text[at + 1] : -1;
        if (first < 0x80
                && CodePoints.isPunctuationOrSymbol(first)
                && CodePoints.isAsciiLetter(next)) {
            int end = at + 1;
            while (end < to && CodePoints.isAsciiLetter(text[end])) {
                end++;
            }
            return end;
        }
        boolean mayLead =
                next >= 0
                        && !CodePoints.isLineBreak(first)
                        && !CodePoints.isLetterPunctuationOrSymbol(first)
                        && CodePoints.isLetterOrMark(next);
        if (mayLead || CodePoints.isLetterOrMark(first)) {
            int end = at + 1;
            while (end < to && CodePoints.isLetterOrMark(text[end])) {
                end++;
            }
            return end;
        }
        int mark = first == ' ' ? at + 1 : at;
        int end = mark;
        while (end < to && CodePoints.isPunctuationOrSymbol(text[end])) {
            end++;
        }
        if (end > mark) {
            return Words.lineBreaksEnd(text, end, to);
        }
        return Words.spaceOrLinesEnd(text, at, to);
    }
}
