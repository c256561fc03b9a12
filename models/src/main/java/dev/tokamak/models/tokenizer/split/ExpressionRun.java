package dev.tokamak.models.tokenizer.split;

import dev.tokamak.models.ModelException;
import java.util.Arrays;

/// One search of an expression through a piece of text, with a bound on its work. Confined to one thread.
final class ExpressionRun {

    /* A backtracking machine with a stack of its own, so that no text overflows the thread's stack. An entry is an
     * instruction and the positions at which it may still be tried, the last first: a run of a thousand characters that
     * may be given back one by one is one entry. Every instruction and every entry taken back costs a step, every
     * character of a run a quarter of one; the limit grows with the text, so that expressions which backtrack without
     * end fail on it while sensible ones never see it. */

    private static final int STEPS_PER_CHARACTER = 2_000;
    private static final int STEPS_AT_LEAST = 100_000;
    private static final int MOST_ENTRIES = 1 << 21;
    private static final int ENTRY = 3;

    private final ExpressionProgram program;
    private final int[] text;
    private final int from;
    private final int to;
    private final long limit;
    private long steps;
    private int[] stack = new int[32 * ENTRY];
    private int top;

    ExpressionRun(ExpressionProgram program, int[] text, int from, int to) {
        this.program = program;
        this.text = text;
        this.from = from;
        this.to = to;
        this.limit = STEPS_AT_LEAST + (long) STEPS_PER_CHARACTER * (to - from);
    }

    /// Where the match ends that begins here, or -1.
    int end(int position) {
        top = 0;
        return run(0, position);
    }

    private int run(int start, int position) {
        int[] code = program.code();
        int base = top;
        int pc = start;
        int at = position;
        while (true) {
            step();
            boolean matches = true;
            switch (code[pc]) {
                case ExpressionProgram.MATCH -> {
                    top = base;
                    return at;
                }
                case ExpressionProgram.CHARACTER -> {
                    matches = at < to && program.sets()[code[pc + 1]].has(text[at]);
                    at++;
                    pc += ExpressionProgram.STRIDE;
                }
                case ExpressionProgram.RUN -> {
                    int end = runEnd(program.sets()[code[pc + 1]], at, code[pc + 3]);
                    int least = at + code[pc + 2];
                    matches = end >= least;
                    pc += ExpressionProgram.STRIDE;
                    if (end > least) {
                        push(pc, least, end);
                    }
                    at = end;
                }
                case ExpressionProgram.SPLIT -> {
                    push(code[pc + 2], at, at + 1);
                    pc = code[pc + 1];
                }
                case ExpressionProgram.JUMP -> pc = code[pc + 1];
                case ExpressionProgram.LOOK -> {
                    matches = sees(pc, at);
                    pc = code[pc + 1];
                }
                case ExpressionProgram.ATOMIC -> {
                    at = run(pc + ExpressionProgram.STRIDE, at);
                    matches = at >= 0;
                    pc = code[pc + 1];
                }
                case ExpressionProgram.EDGE -> {
                    matches = isAt(ExpressionProgram.PLACES.get(code[pc + 1]), at);
                    pc += ExpressionProgram.STRIDE;
                }
                default -> throw new AssertionError(code[pc]);
            }
            if (!matches) {
                if (top == base) {
                    return -1;
                }
                pc = stack[top - ENTRY];
                at = back();
            }
        }
    }

    /// The last position that the topmost entry still offers, which it offers no more.
    private int back() {
        int at = --stack[top - 1];
        if (at == stack[top - 2]) {
            top -= ENTRY;
        }
        step();
        return at;
    }

    private boolean sees(int pc, int at) {
        int begin = at - program.code()[pc + 2];
        int end = begin < from ? -1 : run(pc + ExpressionProgram.STRIDE, begin);
        return end < 0 == (program.code()[pc + 3] == 1);
    }

    private int runEnd(CharacterSet set, int at, int most) {
        int bound = most < to - at ? at + most : to;
        int end = at;
        while (end < bound && set.has(text[end])) {
            end++;
        }
        steps += (end - at) >> 2;
        return end;
    }

    private boolean isAt(Node.Place place, int at) {
        return switch (place) {
            case TEXT_START -> at == from;
            case TEXT_END -> at == to;
            case TEXT_END_OR_LAST_BREAK -> at == to || (at == to - 1 && text[at] == '\n');
            case LINE_START -> at == from || (text[at - 1] == '\n' && at < to);
            case LINE_END -> at == to || text[at] == '\n';
            case WORD_EDGE -> isWord(at - 1) != isWord(at);
            case WORD_INSIDE -> isWord(at - 1) == isWord(at);
        };
    }

    private boolean isWord(int at) {
        return at >= from && at < to && CodePoints.isWord(text[at]);
    }

    private void push(int pc, int first, int afterLast) {
        if (top == stack.length) {
            if (top >= MOST_ENTRIES * ENTRY) {
                throw tooHard();
            }
            stack = Arrays.copyOf(stack, 2 * top);
        }
        stack[top] = pc;
        stack[top + 1] = first;
        stack[top + 2] = afterLast;
        top += ENTRY;
    }

    private void step() {
        if (++steps > limit) {
            throw tooHard();
        }
    }

    private ModelException tooHard() {
        return new ModelException(
                ModelException.Code.UNSUPPORTED,
                "the tokenizer's regular expression takes more than %d steps on a text of %d characters"
                        .formatted(limit, to - from));
    }
}
