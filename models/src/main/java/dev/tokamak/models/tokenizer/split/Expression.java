package dev.tokamak.models.tokenizer.split;

import dev.tokamak.models.ModelException;

/// A regular expression of a tokenizer, in Oniguruma's Ruby syntax and with its meaning of classes. Its memory does not
/// grow with the nesting of a text, and its work is bounded by the text's length. Immutable.
public final class Expression {

    private static final int LONGEST_CHARACTERS = 4_000;

    private final ExpressionProgram program;

    private Expression(ExpressionProgram program) {
        this.program = program;
    }

    /// Told of each match.
    @FunctionalInterface
    public interface Matches {
        void found(int start, int end);
    }

    /// @throws ModelException UNSUPPORTED when it is malformed or uses what this matcher does not know
    public static Expression compile(String text) {
        if (text.length() > LONGEST_CHARACTERS) {
            throw new ModelException(
                    ModelException.Code.UNSUPPORTED,
                    "a regular expression of the tokenizer has %d characters, the limit is %d"
                            .formatted(text.length(), LONGEST_CHARACTERS));
        }
        ExpressionSource source = new ExpressionSource(text);
        Node node = ExpressionParser.parse(source);
        return new Expression(ExpressionCompiler.compile(source, node));
    }

    /// Finds the matches in `[from, to)` from left to right, as if nothing were around it. An empty match directly behind
    /// another match does not count.
    ///
    /// @throws ModelException UNSUPPORTED when the expression backtracks too much on this text
    public void forEachMatch(int[] text, int from, int to, Matches matches) {
        ExpressionRun run = new ExpressionRun(program, text, from, to);
        int lastEnd = -1;
        int at = from;
        while (at <= to) {
            int end = run.end(at);
            if (end < 0 || (end == at && at == lastEnd)) {
                at++;
                continue;
            }
            matches.found(at, end);
            lastEnd = end;
            at = end;
        }
    }
}
