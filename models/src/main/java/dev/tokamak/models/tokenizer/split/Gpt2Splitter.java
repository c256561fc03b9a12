package dev.tokamak.models.tokenizer.split;

/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`. Stateless.
final class Gpt2Splitter implements Splitter {

    @Override
    public void split(int[] text, int from, int to, IntList ends) {
        int at = from;
        while (at < to) {
            at = end(text, at, to);
            ends.add(at);
        }
    }

    private static int end(int[] text, int at, int to) {
        int contraction = Words.contractionEnd(text, at, to, false);
        if (contraction > at) {
            return contraction;
        }
        int first = text[at] == ' ' && at + 1 < to ? at + 1 : at;
        if (CodePoints.isSpace(text[first])) {
            return Words.spaceEnd(text, at, to);
        }
        int end = first;
        if (CodePoints.isLetter(text[first])) {
            while (end < to && CodePoints.isLetter(text[end])) {
                end++;
            }
            return end;
        }
        if (CodePoints.isNumber(text[first])) {
            while (end < to && CodePoints.isNumber(text[end])) {
                end++;
            }
            return end;
        }
        return Words.otherEnd(text, first, to);
    }
}
