package dev.tokamak.models.tokenizer.split;

/// Cuts a piece of text into smaller pieces, as one regular expression of a pre-tokenizer would: each match is a piece,
/// and so is what lies between matches. Stateless.
@FunctionalInterface
public interface Splitter {

    /// Adds the ends of the pieces of `[from, to)` in ascending order, the last being `to`.
    void split(int[] text, int from, int to, IntList ends);

    /// A class of code points.
    @FunctionalInterface
    interface Membership {
        boolean has(int codePoint);
    }

    /// What an expression matches, by hand where it is one of the common ones.
    static Splitter of(String expression) {
        return KnownSplitters.of(expression);
    }

    /// How GPT-2 cuts texts.
    static Splitter gpt2() {
        return new Gpt2Splitter();
    }

    /// The matches of an expression.
    static Splitter matches(Expression expression) {
        return (text, from, to, ends) -> {
            int[] cut = {from};
            expression.forEachMatch(
                    text,
                    from,
                    to,
                    (start, end) -> {
                        cut(cut[0], start, ends);
                        cut(start, end, ends);
                        cut[0] = end;
                    });
            cut(cut[0], to, ends);
        };
    }

    /// Runs of a class, `[class]{minimum,maximum}`.
    static Splitter runs(Membership members, int minimum, int maximum) {
        return (text, from, to, ends) -> {
            int start = from;
            int at = from;
            while (at < to) {
                int end = at;
                while (end < to && end - at < maximum && members.has(text[end])) {
                    end++;
                }
                if (end - at < minimum) {
                    at++;
                    continue;
                }
                cut(start, at, ends);
                ends.add(end);
                start = end;
                at = end;
            }
            cut(start, to, ends);
        };
    }

    static Splitter runs(Membership members) {
        return runs(members, 1, Integer.MAX_VALUE);
    }

    /// Runs of a class with a blank before them, `\s?[class]+`.
    static Splitter spacedRuns(Membership members) {
        return (text, from, to, ends) -> {
            int start = from;
            int at = from;
            while (at < to) {
                boolean spaced =
                        CodePoints.isSpace(text[at]) && at + 1 < to && members.has(text[at + 1]);
                int end = spaced ? at + 1 : at;
                while (end < to && members.has(text[end])) {
                    end++;
                }
                if (end == at) {
                    at++;
                    continue;
                }
                cut(start, at, ends);
                ends.add(end);
                start = end;
                at = end;
            }
            cut(start, to, ends);
        };
    }

    /// White space at the end, `\s+$`.
    static Splitter trailingSpace() {
        return (text, from, to, ends) -> {
            int at = to;
            while (at > from && CodePoints.isSpace(text[at - 1])) {
                at--;
            }
            cut(from, at, ends);
            cut(at, to, ends);
        };
    }

    private static void cut(int from, int end, IntList ends) {
        if (end > from) {
            ends.add(end);
        }
    }
}
