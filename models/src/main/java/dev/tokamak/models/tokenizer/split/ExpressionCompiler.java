package dev.tokamak.models.tokenizer.split;

import java.util.ArrayList;
import java.util.List;

/// Turns a parsed expression into the instructions of an [ExpressionProgram]. Confined to one thread.
final class ExpressionCompiler {

    private static final int INSTRUCTIONS_PER_CHARACTER = 50;
    private static final int INSTRUCTIONS_AT_LEAST = 200;

    private final ExpressionSource source;
    private final int limit;
    private final IntList code = new IntList(64);
    private final List<CharacterSet> sets = new ArrayList<>();

    private ExpressionCompiler(ExpressionSource source) {
        this.source = source;
        this.limit = INSTRUCTIONS_AT_LEAST + INSTRUCTIONS_PER_CHARACTER * source.length();
    }

    static ExpressionProgram compile(ExpressionSource source, Node node) {
        ExpressionCompiler compiler = new ExpressionCompiler(source);
        compiler.add(node);
        compiler.emit(ExpressionProgram.MATCH, 0, 0, 0);
        return new ExpressionProgram(
                compiler.code.toArray(), compiler.sets.toArray(CharacterSet[]::new));
    }

    private void add(Node node) {
        switch (node) {
            case Node.Characters(CharacterSet set) ->
                    emit(ExpressionProgram.CHARACTER, set(set), 0, 0);
            case Node.Sequence(List<Node> parts) -> parts.forEach(this::add);
            case Node.Choice(List<Node> options) -> choice(options);
            case Node.Repeat repeat -> repeat(repeat);
            case Node.Look look -> look(look);
            case Node.Atomic(Node body) -> atomic(body);
            case Node.Edge(Node.Place place) ->
                    emit(ExpressionProgram.EDGE, ExpressionProgram.PLACES.indexOf(place), 0, 0);
        }
    }

    private void choice(List<Node> options) {
        IntList jumps = new IntList(options.size());
        for (int i = 0; i < options.size() - 1; i++) {
            int split = emit(ExpressionProgram.SPLIT, 0, 0, 0);
            code.put(split + 1, code.size());
            add(options.get(i));
            jumps.add(emit(ExpressionProgram.JUMP, 0, 0, 0));
            code.put(split + 2, code.size());
        }
        add(options.getLast());
        for (int i = 0; i < jumps.size(); i++) {
            code.put(jumps.at(i) + 1, code.size());
        }
    }

    private void repeat(Node.Repeat repeat) {
        if (repeat.greed() == Node.Greed.POSSESSIVE) {
            atomic(
                    new Node.Repeat(
                            repeat.body(), repeat.minimum(), repeat.maximum(), Node.Greed.GREEDY));
            return;
        }
        boolean lazy = repeat.greed() == Node.Greed.LAZY;
        if (repeat.body() instanceof Node.Characters(CharacterSet set) && !lazy) {
            emit(ExpressionProgram.RUN, set(set), repeat.minimum(), repeat.maximum());
            return;
        }
        for (int i = 0; i < repeat.minimum(); i++) {
            add(repeat.body());
        }
        if (repeat.maximum() == Node.UNLIMITED) {
            int split = emit(ExpressionProgram.SPLIT, 0, 0, 0);
            int body = code.size();
            add(repeat.body());
            emit(ExpressionProgram.JUMP, split, 0, 0);
            target(split, body, code.size(), lazy);
            return;
        }
        IntList splits = new IntList(8);
        for (int i = repeat.minimum(); i < repeat.maximum(); i++) {
            splits.add(emit(ExpressionProgram.SPLIT, 0, 0, 0));
            add(repeat.body());
        }
        for (int i = 0; i < splits.size(); i++) {
            int split = splits.at(i);
            target(split, split + ExpressionProgram.STRIDE, code.size(), lazy);
        }
    }

    private void target(int split, int body, int exit, boolean exitFirst) {
        code.put(split + 1, exitFirst ? exit : body);
        code.put(split + 2, exitFirst ? body : exit);
    }

    private void atomic(Node body) {
        int at = emit(ExpressionProgram.ATOMIC, 0, 0, 0);
        add(body);
        emit(ExpressionProgram.MATCH, 0, 0, 0);
        code.put(at + 1, code.size());
    }

    private void look(Node.Look look) {
        if (look.behind() && look.body() instanceof Node.Choice(List<Node> options)) {
            List<Node> each =
                    options.stream()
                            .map(option -> (Node) new Node.Look(option, true, look.negated()))
                            .toList();
            add(look.negated() ? new Node.Sequence(each) : new Node.Choice(each));
            return;
        }
        int length = look.behind() ? look.body().minimumLength() : 0;
        if (look.behind() && length != look.body().maximumLength()) {
            throw source.refuse("what is looked for behind has no fixed length");
        }
        int at = emit(ExpressionProgram.LOOK, 0, length, look.negated() ? 1 : 0);
        add(look.body());
        emit(ExpressionProgram.MATCH, 0, 0, 0);
        code.put(at + 1, code.size());
    }

    private int set(CharacterSet set) {
        sets.add(set);
        return sets.size() - 1;
    }

    /// Adds one instruction and answers where it is.
    private int emit(int operation, int first, int second, int third) {
        int at = code.size();
        if (at >= limit * ExpressionProgram.STRIDE) {
            throw source.refuse("it unfolds to more than %d instructions".formatted(limit));
        }
        code.add(operation);
        code.add(first);
        code.add(second);
        code.add(third);
        return at;
    }
}
