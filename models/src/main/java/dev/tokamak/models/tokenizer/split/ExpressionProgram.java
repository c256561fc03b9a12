package dev.tokamak.models.tokenizer.split;

import java.util.List;

/// A regular expression as instructions: each is an operation with three operands. Immutable.
///
/// @param code the instructions
/// @param sets the classes that instructions refer to by number
@SuppressWarnings("ArrayRecordComponent")
record ExpressionProgram(int[] code, CharacterSet[] sets) {

    /// Ints that an instruction takes.
    static final int STRIDE = 4;

    /// The end: what was read so far matches.
    static final int MATCH = 0;

    /// One character of a set: set.
    static final int CHARACTER = 1;

    /// As many characters of a set as there are: set, minimum, maximum. Gives them back one by one.
    static final int RUN = 2;

    /// Goes on in two places: first, second.
    static final int SPLIT = 3;

    /// Goes on elsewhere: where.
    static final int JUMP = 4;

    /// Tries what follows up to its end: where to go on, how far back to begin, 1 when it must not match.
    static final int LOOK = 5;

    /// Matches what follows up to its end in the first way that works: where to go on.
    static final int ATOMIC = 6;

    /// A place between characters: its number in `PLACES`.
    static final int EDGE = 7;

    static final List<Node.Place> PLACES = List.of(Node.Place.values());
}
