package dev.tokamak.models.tokenizer.split;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a regular expression as Oniguruma's Ruby syntax has it, which tokenizers use. Confined to one thread.
final class ExpressionParser {

    /* Left out, and refused by name: back references, recursion, conditionals, absent operators, \K, \X, \R and the
     * options other than i and m. An option in the middle of a group governs the rest of it, alternatives too. */

    private static final int DEEPEST = 50;
    private static final int MOST_REPETITIONS = 1_000;

    private final ExpressionSource source;
    private final SetParser sets;
    private boolean ignoreCase;
    private boolean dotMatchesBreaks;
    private int depth;

    private ExpressionParser(ExpressionSource source) {
        this.source = source;
        this.sets = new SetParser(source);
    }

    static Node parse(ExpressionSource source) {
        ExpressionParser parser = new ExpressionParser(source);
        Node node = parser.choice();
        if (!source.atEnd()) {
            throw source.refuse("')' closes nothing");
        }
        return node;
    }

    private Node choice() {
        if (++depth > DEEPEST) {
            throw source.refuse("groups are nested more than %d deep".formatted(DEEPEST));
        }
        List<Node> options = new ArrayList<>();
        options.add(sequence());
        while (source.accept("|")) {
            options.add(sequence());
        }
        depth--;
        return options.size() == 1 ? options.getFirst() : new Node.Choice(options);
    }

    private Node sequence() {
        List<Node> parts = new ArrayList<>();
        while (!source.atEnd() && source.peek() != '|' && source.peek() != ')') {
            Node atom = atom();
            parts.add(quantified(atom));
        }
        return parts.size() == 1 ? parts.getFirst() : new Node.Sequence(parts);
    }

    private Node atom() {
        int next = source.next();
        return switch (next) {
            case '(' -> group();
            case '[' -> new Node.Characters(sets.brackets(ignoreCase, 0));
            case '.' -> new Node.Characters(dot());
            case '^' -> new Node.Edge(Node.Place.LINE_START);
            case '$' -> new Node.Edge(Node.Place.LINE_END);
            case '\\' -> escape();
            case '*', '+', '?' -> throw source.refuse("there is nothing to repeat");
            default -> character(next);
        };
    }

    private Node character(int codePoint) {
        return new Node.Characters(CharacterSet.of(codePoint, ignoreCase));
    }

    private CharacterSet dot() {
        boolean all = dotMatchesBreaks;
        return new CharacterSet(codePoint -> all || codePoint != '\n');
    }

    private Node escape() {
        Node.@Nullable Place place =
                switch (source.peek()) {
                    case 'A' -> Node.Place.TEXT_START;
                    case 'z' -> Node.Place.TEXT_END;
                    case 'Z' -> Node.Place.TEXT_END_OR_LAST_BREAK;
                    case 'b' -> Node.Place.WORD_EDGE;
                    case 'B' -> Node.Place.WORD_INSIDE;
                    default -> null;
                };
        if (place != null) {
            source.next();
            return new Node.Edge(place);
        }
        CharacterSet named = sets.tryClass();
        return named != null ? new Node.Characters(named) : character(sets.character());
    }

    private Node group() {
        boolean outerIgnoreCase = ignoreCase;
        boolean outerDot = dotMatchesBreaks;
        Node node;
        if (!source.accept("?")) {
            node = choice();
        } else if (source.accept(":")) {
            node = choice();
        } else if (source.accept("=")) {
            node = new Node.Look(choice(), false, false);
        } else if (source.accept("!")) {
            node = new Node.Look(choice(), false, true);
        } else if (source.accept("<=")) {
            node = new Node.Look(choice(), true, false);
        } else if (source.accept("<!")) {
            node = new Node.Look(choice(), true, true);
        } else if (source.accept(">")) {
            node = new Node.Atomic(choice());
        } else if (source.accept("#")) {
            source.upTo(')');
            return new Node.Sequence(List.of());
        } else if (source.peek() == '<' || source.peek() == '\'') {
            source.upTo(source.next() == '<' ? '>' : '\'');
            node = choice();
        } else if (!options()) {
            node = choice();
        } else {
            // The options hold up to the end of the group around them.
            return choice();
        }
        source.require(")");
        ignoreCase = outerIgnoreCase;
        dotMatchesBreaks = outerDot;
        return node;
    }

    /// Reads `i-m:` or `i-m)` and says whether it was the latter.
    private boolean options() {
        boolean on = true;
        while (true) {
            int next = source.next();
            switch (next) {
                case '-' -> on = false;
                case 'i' -> ignoreCase = on;
                case 'm' -> dotMatchesBreaks = on;
                case ':' -> {
                    return false;
                }
                case ')' -> {
                    return true;
                }
                default ->
                        throw source.refuse(
                                "the group '(?%s' is not supported"
                                        .formatted(Character.toString(next)));
            }
        }
    }

    private Node quantified(Node atom) {
        Node node = atom;
        while (true) {
            int start = source.position();
            if (source.accept("?")) {
                node = repeat(node, 0, 1, greed(true));
            } else if (source.accept("*")) {
                node = repeat(node, 0, Node.UNLIMITED, greed(true));
            } else if (source.accept("+")) {
                node = repeat(node, 1, Node.UNLIMITED, greed(true));
            } else if (source.accept("{")) {
                Node counted = counted(node);
                if (counted == null) {
                    source.moveTo(start);
                    return node;
                }
                node = counted;
            } else {
                return node;
            }
        }
    }

    /// The repetition that `{` begins, or null where that is a character like others.
    private @Nullable Node counted(Node body) {
        int minimum = source.number(MOST_REPETITIONS);
        int maximum = minimum;
        if (source.accept(",")) {
            maximum = source.number(MOST_REPETITIONS);
            if (minimum < 0 && maximum < 0) {
                return null;
            }
            maximum = maximum < 0 ? Node.UNLIMITED : maximum;
        } else if (minimum < 0) {
            return null;
        }
        if (!source.accept("}")) {
            return null;
        }
        minimum = Math.max(minimum, 0);
        if (maximum < minimum) {
            throw source.refuse("{%d,%d} ends before it begins".formatted(minimum, maximum));
        }
        if (minimum == maximum && source.accept("?")) {
            return repeat(repeat(body, minimum, maximum, Node.Greed.GREEDY), 0, 1, greed(false));
        }
        return repeat(body, minimum, maximum, greed(false));
    }

    /// @param mayPossess whether `+` makes the repetition possessive, rather than repeats it
    private Node.Greed greed(boolean mayPossess) {
        if (source.accept("?")) {
            return Node.Greed.LAZY;
        }
        return mayPossess && source.accept("+") ? Node.Greed.POSSESSIVE : Node.Greed.GREEDY;
    }

    private Node repeat(Node body, int minimum, int maximum, Node.Greed greed) {
        if (maximum == Node.UNLIMITED && body.minimumLength() == 0) {
            throw source.refuse("something is repeated without limit that may be empty");
        }
        return new Node.Repeat(body, minimum, maximum, greed);
    }
}
