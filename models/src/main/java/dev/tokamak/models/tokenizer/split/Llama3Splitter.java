package dev.tokamak.models.tokenizer.split;

/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|`
/// `\s+(?!\S)|\s+`. Immutable.
final class Llama3Splitter implements Splitter {

    private final int digits;

    Llama3Splitter(int digits) {
        this.digits = digits;
    }

    @Override
    public void split(int[] text, int from, int to, IntList ends) {
        int at = from;
        while (at < to) {
            at = end(text, at, to);
            ends.add(at);
        }
    }

    private int end(int[] text, int at, int to) {
        int contraction = Words.contractionEnd(text, at, to, true);
        if (contraction > at) {
            return contraction;
        }
        int first = text[at];
        if (CodePoints.isNumber(first)) {
            int end = at;
            while (end < to && end - at < digits && CodePoints.isNumber(text[end])) {
                end++;
            }
            return end;
        }
        boolean mayLead = !CodePoints.isLineBreak(first) && at + 1 < to;
        if (CodePoints.isLetter(first) || (mayLead && CodePoints.isLetter(text[at + 1]))) {
            int end = at + 1;
            while (end < to && CodePoints.isLetter(text[end])) {
                end++;
            }
            return end;
        }
        int other = first == ' ' ? at + 1 : at;
        int otherEnd = Words.otherEnd(text, other, to);
        if (otherEnd > other) {
            return Words.lineBreaksEnd(text, otherEnd, to);
        }
        return Words.spaceOrLinesEnd(text, at, to);
    }
}
