package dev.tokamak.engine;

import java.util.List;

/// A token with its log-probability under the model, before sampling parameters other than bias and penalties. Immutable.
///
/// @param token the id
/// @param logProbability natural logarithm; NaN when there is none, as for the first token of a prompt
/// @param alternatives the most likely tokens at this place, best first
public record TokenScore(int token, float logProbability, List<Alternative> alternatives) {

    public TokenScore {
        alternatives = List.copyOf(alternatives);
    }

    /// One of the most likely tokens.
    public record Alternative(int token, float logProbability) {}
}
