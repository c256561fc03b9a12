package dev.tokamak.models.tokenizer;

/// The ids of two texts, a query and a document for example, as one sequence. Immutable.
public final class TokenPair {

    private final int[] tokens;
    private final int secondStart;

    /// @param secondStart index of the first token that belongs to the second text; the number of tokens where none does
    public TokenPair(int[] tokens, int secondStart) {
        if (secondStart < 0 || secondStart > tokens.length) {
            throw new IllegalArgumentException(
                    "the second text begins at %d, expected 0 to %d"
                            .formatted(secondStart, tokens.length));
        }
        this.tokens = tokens.clone();
        this.secondStart = secondStart;
    }

    public int[] tokens() {
        return tokens.clone();
    }

    public int secondStart() {
        return secondStart;
    }

    public int size() {
        return tokens.length;
    }
}
