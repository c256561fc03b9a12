package dev.tokamak.models.tokenizer.split;

import java.util.List;

/// A part of a parsed regular expression. Immutable.
sealed interface Node {

    /// Repetitions are tried from many to few, from few to many, or many without ever giving one back.
    enum Greed {
        GREEDY,
        LAZY,
        POSSESSIVE
    }

    /// A place between characters.
    enum Place {
        TEXT_START,
        TEXT_END,
        TEXT_END_OR_LAST_BREAK,
        LINE_START,
        LINE_END,
        WORD_EDGE,
        WORD_INSIDE
    }

    /// The longest length that is told apart from any length.
    int UNLIMITED = Integer.MAX_VALUE;

    record Characters(CharacterSet set) implements Node {}

    record Sequence(List<Node> parts) implements Node {}

    record Choice(List<Node> options) implements Node {}

    record Repeat(Node body, int minimum, int maximum, Greed greed) implements Node {}

    /// What must, or must not, come before or after this place.
    record Look(Node body, boolean behind, boolean negated) implements Node {}

    /// A part that matches in one way only.
    record Atomic(Node body) implements Node {}

    record Edge(Place place) implements Node {}

    /// The fewest characters that it matches.
    default int minimumLength() {
        return switch (this) {
            case Characters _ -> 1;
            case Sequence(List<Node> parts) ->
                    clamp(parts.stream().mapToLong(Node::minimumLength).sum());
            case Choice(List<Node> options) ->
                    options.stream().mapToInt(Node::minimumLength).min().orElse(0);
            case Repeat(Node body, int minimum, int _, Greed _) ->
                    clamp((long) body.minimumLength() * minimum);
            case Look _, Edge _ -> 0;
            case Atomic(Node body) -> body.minimumLength();
        };
    }

    /// The most characters that it matches, or `UNLIMITED`.
    default int maximumLength() {
        return switch (this) {
            case Characters _ -> 1;
            case Sequence(List<Node> parts) ->
                    clamp(parts.stream().mapToLong(Node::maximumLength).sum());
            case Choice(List<Node> options) ->
                    options.stream().mapToInt(Node::maximumLength).max().orElse(0);
            case Repeat(Node body, int _, int maximum, Greed _) ->
                    clamp((long) body.maximumLength() * maximum);
            case Look _, Edge _ -> 0;
            case Atomic(Node body) -> body.maximumLength();
        };
    }

    private static int clamp(long length) {
        return (int) Math.min(length, UNLIMITED);
    }
}
