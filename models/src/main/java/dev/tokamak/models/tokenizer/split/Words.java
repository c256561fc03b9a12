package dev.tokamak.models.tokenizer.split;

/// The parts that the regular expressions of pre-tokenizers have in common. Each method answers where its part ends that
/// begins at `at`, or `at` itself when there is none. Stateless.
final class Words {

    private Words() {}

    /// `'s|'t|'re|'ve|'m|'ll|'d`.
    static int contractionEnd(int[] text, int at, int to, boolean ignoreCase) {
        if (text[at] != '\'' || at + 1 >= to) {
            return at;
        }
        int first = letter(text[at + 1], ignoreCase);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return at + 2;
        }
        if (at + 2 >= to) {
            return at;
        }
        int second = letter(text[at + 2], ignoreCase);
        boolean matches =
                (first == 'r' && second == 'e')
                        || (first == 'v' && second == 'e')
                        || (first == 'l' && second == 'l');
        return matches ? at + 3 : at;
    }

    private static int letter(int codePoint, boolean ignoreCase) {
        return ignoreCase && codePoint >= 'A' && codePoint <= 'Z' ? codePoint + 32 : codePoint;
    }

    /// `[^\s\p{L}\p{N}]+`.
    static int otherEnd(int[] text, int at, int to) {
        int end = at;
        while (end < to
                && !CodePoints.isSpace(text[end])
                && !CodePoints.isLetter(text[end])
                && !CodePoints.isNumber(text[end])) {
            end++;
        }
        return end;
    }

    /// `[\r\n]*`.
    static int lineBreaksEnd(int[] text, int at, int to) {
        int end = at;
        while (end < to && CodePoints.isLineBreak(text[end])) {
            end++;
        }
        return end;
    }

    /// `\s+(?!\S)|\s+`: all white space, less the last one before something else.
    static int spaceEnd(int[] text, int at, int to) {
        int end = at;
        while (end < to && CodePoints.isSpace(text[end])) {
            end++;
        }
        return end < to && end - at > 1 ? end - 1 : end;
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`.
    static int spaceOrLinesEnd(int[] text, int at, int to) {
        int afterBreak = at;
        for (int end = at; end < to && CodePoints.isSpace(text[end]); end++) {
            if (CodePoints.isLineBreak(text[end])) {
                afterBreak = end + 1;
            }
        }
        return afterBreak > at ? afterBreak : spaceEnd(text, at, to);
    }
}
